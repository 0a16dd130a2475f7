/* A record batch of Kafka, version 2, uncompressed: its header, and its records one after another. The bytes stay those of
 * the caller. Layout: Kafka's protocol guide, «Record Batch»; the same as aiokafka.record.default_records. */
#ifndef VITALS_BATCH_H
#define VITALS_BATCH_H

#include "../core/core.h"

#define BATCH_HEADER_BYTES 61

typedef struct {
    Text content;
    int64_t base_offset, base_timestamp, max_timestamp;
    int32_t count;
    bool is_log_append_time; /* all records have `max_timestamp` then */
} Batch;

typedef struct {
    int64_t offset, timestamp;
    bool has_key, has_value;
    Text key, value;
    int32_t headers_count;
    Text headers; /* undecoded */
    uint32_t next; /* where the record behind it begins in the batch */
} Record;

typedef enum { RECORD_READ, RECORD_NONE, RECORD_DAMAGED } RecordRead;

/* False when it is no such batch, or says more than it has. */
bool batch_of(Text content, Batch *batch);
/* The record that begins at `at`; BATCH_HEADER_BYTES for the first. RECORD_NONE behind the last. */
RecordRead read_record(const Batch *batch, uint32_t at, Record *record);
/* One header at `*at` of a record's, which moves behind it; false when it is damaged. A value that is null has no length. */
bool read_header(const char **at, const char *end, Text *key, bool *has_value, Text *value);

#endif
