/* The decoder: the bytes of one message to an event with its effects; or nothing, and the message is handed back to Python's
 * decoder. It takes what is plain: all of JSON and UTF-8, the usual places of scoring.event.event.EventDecoder. It hands back
 * whatever Python would reject, count, or look for in a rarer place, so that those rules exist once. */
#ifndef VITALS_DECODE_H
#define VITALS_DECODE_H

#include "../fold/effects.h"

typedef struct Decoder Decoder;

typedef enum {
    DECODED,   /* `decoded_event` and `decoded_account`, until the next call */
    HAND_BACK, /* Python's decoder decides */
    ASK_ROUTE  /* nobody knows the route of `asked_name` yet: give it with `learn_route`, and decode again */
} Decoded;

/* A decoder from the bytes of streams.kernel.routes.decoder_tables; NULL, with `error` set, when they are none. */
Decoder *decoder_new(const uint8_t *bytes, size_t length, const char **error);
void decoder_free(Decoder *decoder);
/* From now on the fingerprints of ids are keyed with these 16 bytes; before, they are those of `scoring.fingerprint`. */
void decoder_set_key(Decoder *decoder, const uint8_t key[16]);

Decoded decode(Decoder *decoder, uint32_t topic, Text message, int64_t message_time_ms, int64_t now_ms);
/* Where it is: a copy could not find its tie. `origin` and the flags are the caller's to set. */
FoldEvent *decoded_event(Decoder *decoder);
Text decoded_account(const Decoder *decoder);
Text decoded_id(const Decoder *decoder);
Text asked_name(const Decoder *decoder);
/* Takes the bytes of streams.kernel.routes.route_tables for a topic and a name. Returns an error, NULL for none. */
const char *learn_route(Decoder *decoder, uint32_t topic, Text name, const uint8_t *bytes, size_t length);

/* What a replay sorts the events of a file by; account and name are `decoded_account` and `asked_name`. */
typedef struct {
    uint32_t topic;
    bool is_bare; /* it has no property that the decoder keeps */
    int64_t at_ms;
    uint64_t id_print, user_print; /* 0 for none */
} LineEvent;

/* A line of a file of events, which names its topic itself, writes its account as it is, and has a time. False when it is
 * handed back. */
bool decode_line(Decoder *decoder, Text line, int64_t now_ms, LineEvent *into);

/* The decoded event as the bytes of streams.kernel.effects; into memory that lives until the next call. */
Text pack_decoded(Decoder *decoder);

#endif
