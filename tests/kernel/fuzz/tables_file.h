/* A file of parts, each with its length before it: the tables of a decoder, then routes. */
#ifndef VITALS_TABLES_FILE_H
#define VITALS_TABLES_FILE_H

#include "../../../streams/kernel/native/decode/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint8_t *bytes;
    size_t length, at;
} TablesFile;

typedef struct {
    const uint8_t *bytes;
    size_t length;
} Bytes;

static inline TablesFile read_tables_file(void) {
    const char *path = getenv("VITALS_FUZZ_TABLES");
    FILE *opened = path ? fopen(path, "rb") : NULL;
    if (!opened) fault("VITALS_FUZZ_TABLES names no file of tables");
    fseek(opened, 0, SEEK_END);
    TablesFile file = {NULL, (size_t)ftell(opened), 0};
    rewind(opened);
    file.bytes = take_memory(file.length, 1);
    if (fread(file.bytes, 1, file.length, opened) != file.length) fault("the file of tables cannot be read");
    fclose(opened);
    return file;
}

static inline Bytes next_part(TablesFile *file) {
    uint64_t length = 0;
    if (file->length - file->at < sizeof length) fault("the file of tables is cut off");
    memcpy(&length, file->bytes + file->at, sizeof length);
    file->at += sizeof length;
    if (length > file->length - file->at) fault("the file of tables is cut off");
    Bytes part = {file->bytes + file->at, (size_t)length};
    file->at += (size_t)length;
    return part;
}

/* The decoder whose tables are the first part. */
static inline Decoder *first_decoder(TablesFile *file) {
    const char *error;
    Bytes tables = next_part(file);
    Decoder *decoder = decoder_new(tables.bytes, tables.length, &error);
    if (!decoder) fault(error);
    return decoder;
}

/* Back to the first route. */
static inline void rewind_tables_file(TablesFile *file) {
    file->at = 0;
    next_part(file);
}

#endif
