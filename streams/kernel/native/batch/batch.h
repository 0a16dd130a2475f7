/* Record batches of Kafka's log, version 2, uncompressed: their messages one by one, without an object for each. All numbers
 * of the format are big-endian; those of a record are zigzag numbers of variable length. Nothing is trusted. */
#ifndef VITALS_BATCH_H
#define VITALS_BATCH_H

#include "../core/checksums.h"

/* Those of a record that are not read yet, of which there are `count` in all. */
typedef struct {
    const uint8_t *at, *end;
    uint32_t count;
} Headers;

typedef struct {
    Text name; /* UTF-8 */
    bool has_value;
    Text value;
} Header;

typedef struct {
    int64_t offset;
    int64_t time_ms;      /* the producer's, or the broker's where `by_broker` */
    bool has_key, has_value;
    Text key, value;
    Headers headers;
} Record;

typedef struct {
    int64_t base_offset, next_offset; /* the batch is of offsets from the one to before the other */
    int64_t base_ms, greatest_ms;
    bool by_broker;
    uint8_t codec;        /* 0: uncompressed; else its records cannot be read here */
    uint32_t count;       /* of its records */
    size_t bytes;         /* of the whole batch; another one may follow */
    const uint8_t *records, *end;
} Batch;

/* Where a reader of a batch is. `error` is NULL while all is well. */
typedef struct {
    const Batch *batch;
    const uint8_t *at;
    uint32_t left;
    int64_t least; /* offset of the next record: offsets ascend */
    const char *error;
} BatchReader;

/* Reads the header. Returns an error, NULL for none. With `checks` the CRC-32C must be right. */
const char *batch_of(const uint8_t *bytes, size_t length, bool checks, Batch *batch);
BatchReader batch_reader(const Batch *batch);
/* The next record; false at the end, and where one is cut off, longer than it says, or out of its place. */
bool next_record(BatchReader *reader, Record *record);
/* The next header of a record; call it as often as it has some. */
bool next_header(Headers *headers, Header *header);

#endif
