/* Reads record batches. Nothing is trusted: every length is compared with what is left. */
#include "batch.h"

#define LENGTH_AT 8
#define AFTER_LENGTH 12
#define MAGIC_AT 16
#define ATTRIBUTES_AT 21
#define BASE_TIMESTAMP_AT 27
#define MAX_TIMESTAMP_AT 35
#define COUNT_AT 57
#define MAGIC 2
#define CODEC_MASK 0x07
#define LOG_APPEND_TIME 0x08

static uint64_t big_endian(const char *at, unsigned bytes) {
    uint64_t number = 0;
    for (unsigned each = 0; each < bytes; each++) number = number << 8 | (uint8_t)at[each];
    return number;
}

bool batch_of(Text content, Batch *batch) {
    const char *bytes = content.bytes;
    if (content.length < BATCH_HEADER_BYTES || bytes[MAGIC_AT] != MAGIC) return false;
    uint64_t length = big_endian(bytes + LENGTH_AT, 4) + AFTER_LENGTH;
    if (length < BATCH_HEADER_BYTES || length > content.length) return false;
    uint64_t attributes = big_endian(bytes + ATTRIBUTES_AT, 2);
    if (attributes & CODEC_MASK) return false;
    batch->content = (Text){bytes, (uint32_t)length};
    batch->base_offset = (int64_t)big_endian(bytes, 8);
    batch->base_timestamp = (int64_t)big_endian(bytes + BASE_TIMESTAMP_AT, 8);
    batch->max_timestamp = (int64_t)big_endian(bytes + MAX_TIMESTAMP_AT, 8);
    batch->count = (int32_t)big_endian(bytes + COUNT_AT, 4);
    batch->is_log_append_time = attributes & LOG_APPEND_TIME;
    return batch->count >= 0 && batch->base_offset >= 0;
}

/* A zigzag number of at most `most` bytes at `*at`, which moves behind it. */
static bool read_zigzag(const char **at, const char *end, unsigned most, int64_t *into) {
    uint64_t number = 0;
    for (unsigned each = 0; each < most && *at < end; each++) {
        uint8_t byte = (uint8_t) * (*at)++;
        number |= (uint64_t)(byte & 0x7f) << (7 * each);
        if (byte < 0x80) {
            *into = (int64_t)(number >> 1) ^ -(int64_t)(number & 1);
            return true;
        }
    }
    return false;
}

/* A length and as many bytes; -1 stands for none. */
static bool read_bytes(const char **at, const char *end, bool *is_there, Text *into) {
    int64_t length;
    *into = (Text){"", 0};
    if (!read_zigzag(at, end, 5, &length) || length < -1 || length > end - *at) return false;
    *is_there = length >= 0;
    if (*is_there) {
        *into = (Text){*at, (uint32_t)length};
        *at += length;
    }
    return true;
}

static bool read_body(const Batch *batch, const char *at, const char *end, Record *record) {
    int64_t timestamp, offset, headers;
    at++; /* attributes of a record: none are in use */
    if (!read_zigzag(&at, end, 10, &timestamp) || !read_zigzag(&at, end, 5, &offset)) return false;
    if (__builtin_add_overflow(batch->base_timestamp, timestamp, &record->timestamp)) return false;
    if (batch->is_log_append_time) record->timestamp = batch->max_timestamp;
    if (__builtin_add_overflow(batch->base_offset, offset, &record->offset)) return false;
    if (!read_bytes(&at, end, &record->has_key, &record->key)) return false;
    if (!read_bytes(&at, end, &record->has_value, &record->value)) return false;
    if (!read_zigzag(&at, end, 5, &headers) || headers < 0 || headers > end - at) return false;
    record->headers_count = (int32_t)headers;
    record->headers = (Text){at, (uint32_t)(end - at)};
    return headers || at == end;
}

RecordRead read_record(const Batch *batch, uint32_t at, Record *record) {
    if (at > batch->content.length) return RECORD_DAMAGED;
    const char *begin = batch->content.bytes + at, *end = batch->content.bytes + batch->content.length;
    if (begin == end) return RECORD_NONE;
    int64_t length;
    if (!read_zigzag(&begin, end, 5, &length) || length < 1 || length > end - begin) return RECORD_DAMAGED;
    record->next = (uint32_t)(begin + length - batch->content.bytes);
    return read_body(batch, begin, begin + length, record) ? RECORD_READ : RECORD_DAMAGED;
}

bool read_header(const char **at, const char *end, Text *key, bool *has_value, Text *value) {
    bool has_key;
    return read_bytes(at, end, &has_key, key) && has_key && read_bytes(at, end, has_value, value);
}
