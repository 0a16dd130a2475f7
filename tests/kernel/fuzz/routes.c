/* Fuzzing of the tables that Python gives: the bytes are those of a route, or of a decoder's tables. */
#include "tables_file.h"

static Decoder *decoder;
static TablesFile file;

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    file = read_tables_file();
    decoder = first_decoder(&file);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static const char MESSAGE[] = "{\"account_id\":\"acme\",\"event\":\"login\",\"timestamp\":1772359200,\"user_id\":\"ann\","
                                  "\"properties\":{\"plan\":\"pro\",\"mrr\":7.5,\"seats\":3,\"ticket_id\":\"t1\"}}";
    const char *error;
    Text name = {"login", 5};
    Text message = {MESSAGE, sizeof MESSAGE - 1};
    if (!learn_route(decoder, 0, name, bytes, length)) decode(decoder, 0, message, 0, 1790000000000);
    decoder_free(decoder_new(bytes, length, &error));
    return 0;
}
