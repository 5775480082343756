// The one description of what crosses the border between the core and whoever calls it: settings, result, state.
// Compiled by asc into the core and imported as it is by the host, so it holds only integer constants that both
// languages read alike. All fields are 4-byte little-endian words; offsets named *_WORD count words.
// Change a layout: raise LAYOUT_VERSION, which settings and snapshots carry.

export const LAYOUT_VERSION = 4;

// ---- limits
export const MAX_AXES = 3; // of a vibration point: x, y, z
export const MAX_SCALARS = 16; // channels of a scalar point
export const MIN_WINDOW = 64;
export const MAX_WINDOW = 4096;
export const INPUT_CAPACITY = 4096; // samples an axis in one push of a vibration point
export const SCALAR_CAPACITY = 128; // samples a channel in one push of a scalar point: each is a decision
export const MIN_LEARN_DECISIONS = 8;
export const MAX_LEARN_DECISIONS = 512;
export const MAX_REGIMES = 8; // operating states with a normal of their own
export const FFT_MIN = 64;
export const FFT_MAX = 65536;

// ---- of the build for a sensor node, which refuses what is beyond and any bearing: docs/adr/0012-node-build.md
export const NODE_MAX_WINDOW = 1024;
export const NODE_INPUT_CAPACITY = 64;
export const NODE_SCALAR_CAPACITY = 3;
export const NODE_MAX_LEARN_DECISIONS = 64; // of all operating states together: more make the one that has most learn at once
export const NODE_MAX_RESULTS = 3; // a full push at the smallest hop, and a boundary
export const NODE_FFT_MAX = 1024;
export const NODE_CORE_BYTES = 106496; // of its two pages, from 0: what lies behind is never touched

// ---- status codes: 0 and above is success (push and boundary return the number of decisions)
export const OK = 0;
export const STATUS_NOT_CONFIGURED = -1;
export const STATUS_BUSY = -2; // the instance is used the other way (point or transform)
export const STATUS_LAYOUT = -3; // settings or snapshot of another layout version
export const STATUS_MODE = -4;
export const STATUS_AXES = -5;
export const STATUS_RATE = -6;
export const STATUS_WINDOW = -7; // not a power of two, or outside MIN_WINDOW..MAX_WINDOW
export const STATUS_LEARN = -8; // neither 0 nor MIN_LEARN_DECISIONS..MAX_LEARN_DECISIONS
export const STATUS_COUNT = -9; // push of more than capacity(), or of fewer than 0
export const STATUS_FFT_SIZE = -10; // not a power of two, or outside FFT_MIN..FFT_MAX
export const STATUS_FFT_PLAN = -11; // rfft of a size that is not planned
export const STATUS_BOUNDARY = -12; // unknown boundary kind
export const STATUS_SNAPSHOT = -13; // the bytes restored are not a snapshot of this core
export const STATUS_SETTING = -14; // another setting is out of range (threshold, persistence, orders, speed)
export const STATUS_POINTER = -15; // configure was given another address than settingsPtr()

// ---- settings, written by the host at settingsPtr() before configure()
export const SET_LAYOUT = 0; // u32 LAYOUT_VERSION
export const SET_MODE = 1; // u32 MODE_*
export const SET_AXES = 2; // u32 1..3 axes, or 1..16 channels of a scalar point
export const SET_SAMPLE_RATE_HZ = 3; // f32 > 0
export const SET_WINDOW = 4; // u32 samples, power of two; ignored for a scalar point
export const SET_WINDOWS_PER_DECISION = 5; // u32; 0: one decision a snapshot
export const SET_LEARN_DECISIONS = 6; // u32; 0: learn nothing, judge by defaults
export const SET_VELOCITY_SCALE = 7; // f32 mm/s2 per unit of the input; 0: the unit is not an acceleration
export const SET_SHAFT_RPM = 8; // f32; 0: unknown
export const SET_BPFO = 9; // f32 orders of shaft speed; all four 0: no bearing known
export const SET_BPFI = 10;
export const SET_BSF = 11; // ball spin; a ball defect shows at twice this
export const SET_FTF = 12;
export const SET_THRESHOLD = 13; // f32 spreads above the median score of healthy data
export const SET_PERSISTENCE = 14; // u32 decisions in a row
export const SET_FULL_SCALE = 15; // f32 magnitude at which the sensor clips; 0: unknown
export const SET_LONE_WINDOWS = 16; // u32 1: snapshots hold too few windows to join their envelopes; each stands alone
export const SET_AXIAL_AXIS = 20; // u32 1, 2, 3: the axis along the shaft; 0: not known
export const SET_GEAR_TEETH = 21; // u32 teeth of the gear on this shaft; 0: none known
export const SET_LINE_HZ = 22; // f32 frequency of the electric supply; 0: not known
export const SET_DECISION_SECONDS = 23; // f32 from one decision to the next; 0: unknown, then normal follows nothing
export const SET_CHANNEL_KINDS = 24; // u32 two bits a channel of a scalar point, CHANNEL_*
export const SET_OFF_LEVEL = 25; // f32 RMS of every axis below which the machine is off; 0: 40 dB below what was learned
export const SETTINGS_WORDS = 32; // the rest is zero and reserved
export const SETTINGS_BYTES = 128;

export const MODE_VIBRATION = 1;
export const MODE_SCALAR = 2;

export const CHANNEL_READING = 0; // flow, pressure, current: matters from 1 % of its normal
export const CHANNEL_LEVEL = 1; // a vibration level: matters from 0.4 dB
export const CHANNEL_TEMPERATURE = 2; // degrees Celsius: matters from 1 K

export const BOUNDARY_SNAPSHOT = 1; // the next sample was not taken directly after the last
export const BOUNDARY_GAP = 2; // samples were lost
export const BOUNDARY_END = 3; // the stream ends; what follows is a new one judged with the same baseline

// ---- features of one axis, in this order; natural logarithms, so that a difference is a ratio
export const FEATURE_RMS = 0;
export const FEATURE_VELOCITY = 1;
export const FEATURE_CREST = 2;
export const FEATURE_KURTOSIS = 3;
export const FEATURE_CENTROID = 4;
export const FEATURE_BAND = 5; // BANDS band levels
export const BANDS = 12;
export const FEATURE_ENVELOPE_RMS = 17;
export const FEATURE_ENVELOPE_CREST = 18;
export const FEATURE_ENVELOPE_KURTOSIS = 19;
export const FEATURE_ORDER = 20; // shaft 1x, 2x, 3x: line over the local level
export const ORDERS = 3;
export const FEATURE_FAULT = 23; // envelope lines BPFO, BPFI, 2x BSF, FTF, 1x over the local level
export const FAULT_LINES = 5;
export const FEATURES_PER_AXIS = 28;

// ---- plain values of one axis, in the unit of the input unless named otherwise; mean over the decision's windows
export const VALUE_MEAN = 0;
export const VALUE_RMS = 1;
export const VALUE_PEAK = 2;
export const VALUE_CREST = 3;
export const VALUE_KURTOSIS = 4;
export const VALUE_VELOCITY = 5; // mm/s RMS over 10..min(1000, 0.45 fs) Hz; 0 when the unit is not an acceleration
export const VALUE_ENVELOPE_RMS = 6;
export const VALUE_CENTROID_HZ = 7;
export const VALUES_PER_AXIS = 8;

// ---- result: one record a decision at resultPtr() + i * resultSize()
export const RES_FLAGS = 0; // u32 FLAG_*
export const RES_START_LO = 1; // u32, u32: first sample judged, counted over everything pushed since configure
export const RES_START_HI = 2;
export const RES_LENGTH = 3; // u32 samples judged
export const RES_WINDOWS = 4; // u32 windows averaged
export const RES_STATE = 5; // u32 STATE_*
export const RES_SCORE = 6; // f32 >= 0; 1 is the alarm threshold
export const RES_RAW_SCORE = 7; // f32 root mean square deviation in spreads
export const RES_RAW_THRESHOLD = 8; // f32 its limit in this operating state
export const RES_ALARM = 9; // u32 0 or 1
export const RES_DIAGNOSIS = 10; // u32 DIAGNOSIS_*
export const RES_CONFIDENCE = 11; // f32 0..1
export const RES_SENSOR = 12; // u32 SENSOR_*
export const RES_LEARNED = 13; // u32 decisions learned in this operating state
export const RES_EVIDENCE = 14; // 5 f32: comb evidence in nepers, outer, inner, ball, cage, decoy
export const EVIDENCE_WORDS = 5;
export const RES_WHY = 19; // WHY_COUNT x { u32 feature, u32 axis, f32 ratio, f32 spreads, f32 share of the squared deviations }
export const WHY_COUNT = 5;
export const WHY_WORDS = 5;
export const RES_AXES = 44; // per axis: FEATURES_PER_AXIS f32, then VALUES_PER_AXIS f32; a scalar point: its values
export const AXIS_WORDS = 36;
export const RES_SLIP = 152; // f32 by which the lines of the bearing part named are off its nominal order, a fraction
export const RES_LINES = 153; // u32 how many of its FAULT_HARMONICS stand out
export const RES_LINE_ORDER = 154; // FAULT_HARMONICS f32: orders at which they stand; 0: does not stand out
export const FAULT_HARMONICS = 4;
export const RES_ROTOR = 160; // 6 f32: nepers for unbalance, misalignment, bent shaft, looseness, gear, electrical
export const ROTOR_WORDS = 6;
export const RES_SPEED_HZ = 166; // f32 shaft speed that the lines agree on; 0: none found
export const RES_SPEED_CONFIDENCE = 167; // f32 0..1
export const RES_ORDER_TURNS = 168; // f32 turns behind the lines; 0: none yet
export const RES_ORDER_LEVEL = 169; // 3 f32: RMS of the 1x, 2x, 3x line, all axes together, in the unit of the input
export const RES_ORDER_RISE = 172; // 3 f32: nepers by which 1x of axis 0, 1, 2 is above the learned level
export const RES_LARGEST = 176; // f32 largest deviation of one feature, in spreads
export const RES_LARGEST_THRESHOLD = 177; // f32 its limit in this operating state
export const RES_REGIME = 178; // u32 operating state judged by, from 0
export const RES_REGIMES = 179; // u32 operating states known
export const RES_DRIFT = 180; // f32 share of how far normal may follow, of the level that went farthest; 1: no farther
export const RES_DRIFT_FEATURE = 181; // u32 that level
export const RES_DRIFT_AXIS = 182; // u32
export const RES_DRIFT_RATIO = 183; // f32 its normal now over the one learned
export const RES_FOUND_HZ = 184; // f32 shaft speed estimated from the signal alone; 0: none
export const RES_FOUND_CONFIDENCE = 185; // f32 0..1; the estimate is used from 0.5 on
export const RES_SPEED_SOURCE = 186; // u32 SPEED_*
export const RESULT_WORDS = 192;
export const RESULT_BYTES = 768;
export const MAX_RESULTS = 132; // a full push at the smallest hop, and a boundary

// ---- what speed the orders are taken at
export const SPEED_UNKNOWN = 0;
export const SPEED_GIVEN = 1; // by an input
export const SPEED_NOMINAL = 2; // of the settings
export const SPEED_ESTIMATED = 3; // from the signal
export const SPEED_DOUBTED = 4; // the signal shows another shaft speed: no cause is named

export const FLAG_RANGE = 1; // a sample was outside 1e9 of the unit and was limited, or a level outside 1e-6..1e4
export const FLAG_UNLEARNED = 2; // judged by defaults
export const FLAG_PARTIAL = 4; // fewer windows than planned: the stretch ended
export const FLAG_SINGLE = 8; // one feature alone makes the score
export const FLAG_DRIFT = 16; // normal has followed as far as it may: that makes the score

// ---- the one state enum of Spindle, in this order everywhere
export const STATE_OFF = 0;
export const STATE_LEARNING = 1;
export const STATE_NORMAL = 2;
export const STATE_TRANSIENT = 3;
export const STATE_ALERT = 4;
export const STATE_DANGER = 5;
export const STATE_STALE = 6;
export const STATE_UNKNOWN = 7;

export const DIAGNOSIS_NONE = 0;
export const DIAGNOSIS_OUTER_RACE = 1;
export const DIAGNOSIS_INNER_RACE = 2;
export const DIAGNOSIS_BALL = 3;
export const DIAGNOSIS_CAGE = 4;
export const DIAGNOSIS_UNBALANCE = 5;
export const DIAGNOSIS_MISALIGNMENT = 6;
export const DIAGNOSIS_BENT_SHAFT = 7;
export const DIAGNOSIS_LOOSENESS = 8;
export const DIAGNOSIS_GEAR = 9;
export const DIAGNOSIS_ELECTRICAL = 10;
export const DIAGNOSIS_SENSOR = 11;

export const SENSOR_OK = 0;
export const SENSOR_STUCK = 1; // every sample of the window has the same value
export const SENSOR_CLIPPED = 2;
export const SENSOR_DISCONNECTED = 3; // nothing but one or two quantisation steps
export const SENSOR_DETACHED = 4; // 20 dB quieter on every axis, and gravity comes from elsewhere
export const SENSOR_SWAPPED = 5; // the axes have changed places
export const SENSOR_RANGE = 6; // every band of every axis, and gravity, off by the same power of two
