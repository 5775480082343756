#include "image-header.h"

#include "facts.h"

__attribute__((section(".image_header"), used)) const struct image_header image_header = {
    .magic = {'S', 'P', 'I', 'N', 'D', 'L', 'E', '1'}, .length = 0, .hash = {0}, .board = BOARD_NAME, .sensor = SENSOR_NAME};

_Static_assert(sizeof(struct image_header) == 76, "as docs/wire.md says");
