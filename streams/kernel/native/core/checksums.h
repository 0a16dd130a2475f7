/* Checksums of bytes: CRC-32C, which Kafka's record batches have, and CRC-32, which the records of accounts have. */
#ifndef VITALS_CHECKSUMS_H
#define VITALS_CHECKSUMS_H

#include "core.h"

uint32_t crc32c(const uint8_t *bytes, size_t length);
uint32_t crc32_of(const uint8_t *bytes, size_t length); /* as zlib has it */

#endif
