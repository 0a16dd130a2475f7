/* Fills record batches. The numbers of the header are big-endian; those of a record are zigzag numbers of variable length. */
#include "filled.h"

#include "../core/checksums.h"

#define AFTER_LENGTH 12
#define NO_LEADER_EPOCH (~0u)
#define MAGIC 2
#define VARINT_MAX 10
#define AROUND_MAX (6 * VARINT_MAX) /* of a record, around its key and value */

enum { LENGTH_AT = 8, LEADER_EPOCH_AT = 12, MAGIC_AT = 16, CRC_AT = 17, ATTRIBUTES_AT = 21, LAST_DELTA_AT = 23 };
enum { FIRST_TIME_AT = 27, GREATEST_TIME_AT = 35, SENDER_AT = 43, SENDER_EPOCH_AT = 51, SEQUENCE_AT = 53, COUNT_AT = 57 };

static uint8_t *put_zigzag(uint8_t *at, int64_t number) {
    uint64_t rest = (uint64_t)number << 1 ^ (uint64_t)(number >> 63);
    for (; rest >= 0x80; rest >>= 7) *at++ = (uint8_t)(rest | 0x80);
    *at++ = (uint8_t)rest;
    return at;
}

static uint8_t *put_sized(uint8_t *at, Text bytes) {
    at = put_zigzag(at, bytes.length);
    if (bytes.length) memcpy(at, bytes.bytes, bytes.length);
    return at + bytes.length;
}

static size_t zigzag_bytes(int64_t number) {
    uint8_t room[VARINT_MAX];
    return (size_t)(put_zigzag(room, number) - room);
}

void begin_batch(Out *out) {
    memset(put_room(out, BATCH_HEADER_BYTES), 0, BATCH_HEADER_BYTES);
    out->length = BATCH_HEADER_BYTES;
}

bool put_pair(Out *out, const Pair *pair, uint32_t number, size_t most) {
    size_t value = pair->has_value ? zigzag_bytes(pair->value.length) + pair->value.length : 1;
    /* attributes, time, number; and no headers */
    size_t body = 1 + 1 + zigzag_bytes(number) + zigzag_bytes(pair->key.length) + pair->key.length + value + 1;
    size_t whole = zigzag_bytes((int64_t)body) + body;
    if (number && out->length + whole >= most) return false;
    uint8_t *at = put_room(out, whole + AROUND_MAX);
    at = put_zigzag(at, (int64_t)body);
    *at++ = 0;
    *at++ = 0;
    at = put_sized(put_zigzag(at, number), pair->key);
    at = pair->has_value ? put_sized(at, pair->value) : put_zigzag(at, -1);
    *at = 0;
    out->length += whole;
    return true;
}

static void set_four(uint8_t *at, uint32_t number) {
    number = __builtin_bswap32(number);
    memcpy(at, &number, sizeof number);
}

static void set_eight(uint8_t *at, int64_t number) {
    uint64_t swapped = __builtin_bswap64((uint64_t)number);
    memcpy(at, &swapped, sizeof swapped);
}

void finish_batch(uint8_t *batch, size_t length, uint32_t records, int64_t at_ms, Sender sender) {
    uint16_t epoch = __builtin_bswap16((uint16_t)sender.epoch);
    set_eight(batch, 0);
    set_four(batch + LENGTH_AT, (uint32_t)(length - AFTER_LENGTH));
    set_four(batch + LEADER_EPOCH_AT, NO_LEADER_EPOCH);
    batch[MAGIC_AT] = MAGIC;
    memset(batch + ATTRIBUTES_AT, 0, 2);
    set_four(batch + LAST_DELTA_AT, records - 1);
    set_eight(batch + FIRST_TIME_AT, at_ms);
    set_eight(batch + GREATEST_TIME_AT, at_ms);
    set_eight(batch + SENDER_AT, sender.id);
    memcpy(batch + SENDER_EPOCH_AT, &epoch, sizeof epoch);
    set_four(batch + SEQUENCE_AT, (uint32_t)sender.sequence);
    set_four(batch + COUNT_AT, records);
    set_four(batch + CRC_AT, crc32c(batch + ATTRIBUTES_AT, length - ATTRIBUTES_AT));
}
