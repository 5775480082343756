/* What an image says about itself at 0x1C0 (docs/wire.md). The build fills in length and hash. */
#ifndef SPINDLE_IMAGE_HEADER_H
#define SPINDLE_IMAGE_HEADER_H

#include <stdint.h>

struct image_header {
  uint8_t magic[8];
  uint32_t length;
  uint8_t hash[32];
  char board[16], sensor[16];
};

extern const struct image_header image_header;

#endif
