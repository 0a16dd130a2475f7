/* The header of a batch, and its records. The format is described in Kafka's «Message format» and in
 * aiokafka.record.default_records. */
#include "batch.h"

#include "../text/texts.h"

#include <string.h>

#define HEADER_BYTES 61
#define AFTER_LENGTH 12 /* the length of a batch counts what follows it */
#define MAGIC 2
#define CODEC_MASK 0x07
#define LOG_APPEND_TIME 0x08
#define OFFSET_MAX ((int64_t)1 << 62)

enum { LENGTH_AT = 8, MAGIC_AT = 16, CRC_AT = 17, ATTRIBUTES_AT = 21, LAST_DELTA_AT = 23, BASE_TIME_AT = 27 };
enum { GREATEST_TIME_AT = 35, COUNT_AT = 57 };

static uint32_t four_at(const uint8_t *bytes) {
    uint32_t found;
    memcpy(&found, bytes, sizeof found);
    return __builtin_bswap32(found);
}

static int64_t eight_at(const uint8_t *bytes) {
    uint64_t found;
    memcpy(&found, bytes, sizeof found);
    return (int64_t)__builtin_bswap64(found);
}

const char *batch_of(const uint8_t *bytes, size_t length, bool checks, Batch *batch) {
    if (length < HEADER_BYTES) return "a batch is cut off in its header";
    int64_t rest = (int32_t)four_at(bytes + LENGTH_AT);
    if (rest < HEADER_BYTES - AFTER_LENGTH) return "a batch says that it is shorter than its header";
    if ((uint64_t)rest > length - AFTER_LENGTH) return "a batch is cut off";
    if (bytes[MAGIC_AT] != MAGIC) return "a batch is of another version of the format";
    batch->bytes = (size_t)rest + AFTER_LENGTH;
    if (checks && crc32c(bytes + ATTRIBUTES_AT, batch->bytes - ATTRIBUTES_AT) != four_at(bytes + CRC_AT)) {
        return "a batch has another checksum than it says";
    }
    uint8_t attributes = bytes[ATTRIBUTES_AT + 1];
    int64_t last_delta = (int32_t)four_at(bytes + LAST_DELTA_AT);
    int32_t count = (int32_t)four_at(bytes + COUNT_AT);
    batch->base_offset = eight_at(bytes);
    if (batch->base_offset < 0 || batch->base_offset > OFFSET_MAX || last_delta < 0) return "a batch has no offset";
    if (count < 0) return "a batch has fewer records than none";
    batch->next_offset = batch->base_offset + last_delta + 1;
    batch->base_ms = eight_at(bytes + BASE_TIME_AT);
    batch->greatest_ms = eight_at(bytes + GREATEST_TIME_AT);
    batch->by_broker = attributes & LOG_APPEND_TIME;
    batch->codec = attributes & CODEC_MASK;
    batch->count = (uint32_t)count;
    batch->records = bytes + HEADER_BYTES;
    batch->end = bytes + batch->bytes;
    return NULL;
}

BatchReader batch_reader(const Batch *batch) {
    BatchReader reader = {batch, batch->records, batch->count, batch->base_offset, NULL};
    if (batch->codec) {
        reader.error = "a batch is compressed";
        reader.left = 0;
    }
    return reader;
}

typedef struct {
    const uint8_t *at, *end;
    bool is_cut_off;
} Bytes;

/* A zigzag number of at most 64 bits. */
static int64_t number(Bytes *bytes) {
    uint64_t found = 0;
    for (uint32_t shift = 0; shift < 64 && bytes->at < bytes->end; shift += 7) {
        uint8_t byte = *bytes->at++;
        found |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return (int64_t)(found >> 1) ^ -(int64_t)(found & 1);
    }
    bytes->is_cut_off = true;
    return 0;
}

/* Bytes with their length before them, -1 for none. */
static bool sized(Bytes *bytes, Text *into) {
    int64_t length = number(bytes);
    *into = (Text){(const char *)bytes->at, 0};
    if (bytes->is_cut_off || length == -1) return false;
    if (length < 0 || length > bytes->end - bytes->at) {
        bytes->is_cut_off = true;
        return false;
    }
    into->length = (uint32_t)length;
    bytes->at += length;
    return true;
}

bool next_header(Headers *headers, Header *header) {
    Bytes bytes = {headers->at, headers->end, false};
    bool is_there = sized(&bytes, &header->name) && is_utf8(header->name);
    header->has_value = sized(&bytes, &header->value);
    headers->at = bytes.at;
    return is_there && !bytes.is_cut_off;
}

/* What cannot be read of them ends the record as one that is cut off. */
static void skip_headers(Bytes *bytes, Record *record) {
    Header skipped;
    int64_t count = number(bytes);
    Headers headers = record->headers = (Headers){bytes->at, bytes->end, (uint32_t)count};
    if (count < 0 || count > bytes->end - bytes->at) bytes->is_cut_off = true; /* each has at least two bytes */
    for (int64_t i = 0; i < count && !bytes->is_cut_off; i++)
        if (!next_header(&headers, &skipped)) bytes->is_cut_off = true;
    bytes->at = headers.at;
}

/* The fields of a record, which ends where `bytes` does. */
static bool read_record(const Batch *batch, Bytes *bytes, Record *record) {
    if (bytes->at == bytes->end || *bytes->at++) return false; /* attributes, of which none has a meaning yet */
    int64_t time_delta = number(bytes);
    int64_t offset_delta = number(bytes);
    record->has_key = sized(bytes, &record->key);
    record->has_value = sized(bytes, &record->value);
    skip_headers(bytes, record);
    if (offset_delta < 0 || offset_delta >= batch->next_offset - batch->base_offset) return false;
    record->offset = batch->base_offset + offset_delta;
    record->time_ms = batch->greatest_ms;
    if (!batch->by_broker && __builtin_add_overflow(batch->base_ms, time_delta, &record->time_ms)) return false;
    return !bytes->is_cut_off && bytes->at == bytes->end;
}

bool next_record(BatchReader *reader, Record *record) {
    if (!reader->left) {
        if (!reader->error && reader->at != reader->batch->end) reader->error = "a batch has more than its records";
        return false;
    }
    Bytes bytes = {reader->at, reader->batch->end, false};
    int64_t length = number(&bytes);
    if (bytes.is_cut_off || length < 0 || length > bytes.end - bytes.at) {
        reader->error = "a record is cut off";
    } else {
        bytes.end = bytes.at + length;
        if (!read_record(reader->batch, &bytes, record)) reader->error = "a record is not as long as it says";
        else if (record->offset < reader->least) reader->error = "the offsets of records do not ascend";
    }
    if (reader->error) {
        reader->left = 0;
        return false;
    }
    reader->at = bytes.end;
    reader->least = record->offset + 1;
    reader->left--;
    return true;
}
