/* Fuzzing of the decoder: the first byte says which topic, the rest is the message. The tables and routes of a model are in
 * the file that VITALS_FUZZ_TABLES names; an unknown name gets the route of another one. */
#include "tables_file.h"

#define NOW_MS 1790000000000

static Decoder *decoder;
static TablesFile file;

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    file = read_tables_file();
    decoder = first_decoder(&file);
    return 0;
}

/* Gives the name that is asked for the next route of the file. */
static void learn_any(uint32_t topic) {
    if (file.at == file.length) rewind_tables_file(&file);
    Bytes route = next_part(&file);
    const char *error = learn_route(decoder, topic, asked_name(decoder), route.bytes, route.length);
    if (error) fault(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length < 1) return 0;
    uint32_t topic = bytes[0] % 5; /* one more than there are */
    Text message = {(const char *)bytes + 1, (uint32_t)length - 1};
    Decoded decoded = decode(decoder, topic, message, NOW_MS - 7000, NOW_MS);
    if (decoded == ASK_ROUTE) {
        learn_any(topic);
        decoded = decode(decoder, topic, message, NOW_MS - 7000, NOW_MS);
    }
    if (decoded != DECODED) return 0;
    Text packed = pack_decoded(decoder);
    if (decoded_account(decoder).length == 0 || packed.length < 64) fault("an event has no account, or no head");
    return 0;
}
