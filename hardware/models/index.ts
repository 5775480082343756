/** The sensors that can be emulated, by the names that hardware/sensors has for them. */
import { Adxl345 } from './adxl345.ts';
import { Adxl355 } from './adxl355.ts';
import { Iis3dwb } from './iis3dwb.ts';
import { Lis3dh } from './lis3dh.ts';

export const SENSOR_MODELS = { adxl345: Adxl345, adxl355: Adxl355, iis3dwb: Iis3dwb, lis3dh: Lis3dh };
export type SensorName = keyof typeof SENSOR_MODELS;
