/* Writes MessagePack. */
#include "pack.h"

#define REAL_FOLLOWS 0xcb
#define WHOLE_FOLLOWS 0xcc        /* of one byte without a sign; the next ones have two, four and eight */
#define SIGNED_WHOLE_FOLLOWS 0xd0 /* the same with a sign */
#define LIST_FOLLOWS 0xdc
#define BYTES_FOLLOW 0xc4 /* up to 255; then a length of two bytes, and one of four */
#define FEW 16
#define LEAST_BARE (-32) /* and up to 127: a number that is a byte by itself */

static void put_big(Out *out, uint64_t number, uint32_t width) {
    for (uint32_t left = width; left--;) put_byte(out, (uint8_t)(number >> 8 * left));
}

void put_big_four(Out *out, uint32_t number) {
    number = __builtin_bswap32(number);
    put_bytes(out, &number, sizeof number);
}

void put_big_eight(Out *out, uint64_t number) { put_word(out, __builtin_bswap64(number)); }

void put_pack_real(Out *out, double real) {
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    put_byte(out, REAL_FOLLOWS);
    put_big_eight(out, bits);
}

void put_pack_whole(Out *out, int64_t whole) {
    if (whole >= LEAST_BARE && whole < 128) {
        put_byte(out, (uint8_t)whole);
        return;
    }
    bool is_signed = whole < 0;
    uint64_t most = is_signed ? (uint64_t)(-1 - whole) << 1 : (uint64_t)whole;
    uint32_t power = most > UINT32_MAX ? 3 : most > UINT16_MAX ? 2 : most > UINT8_MAX;
    put_byte(out, (uint8_t)((is_signed ? SIGNED_WHOLE_FOLLOWS : WHOLE_FOLLOWS) + power));
    put_big(out, (uint64_t)whole, 1U << power);
}

void put_pack_list(Out *out, uint32_t length) {
    if (length >= 1 << 16) fault("a list of a head is too long");
    put_byte(out, length < FEW ? (uint8_t)(PACK_LIST | length) : LIST_FOLLOWS);
    if (length >= FEW) put_big(out, length, 2);
}

size_t begin_pack_bytes(Out *out) {
    put_bytes(out, (uint8_t[]){BYTES_FOLLOW, 0}, 2);
    return out->length;
}

void end_pack_bytes(Out *out, size_t begin) {
    size_t length = out->length - begin;
    uint32_t power = length > UINT16_MAX ? 2 : length > UINT8_MAX, width = 1U << power;
    if (length > UINT32_MAX) fault("bytes of a head are too long");
    put_room(out, width);
    uint8_t *at = out->bytes + begin;
    if (power) memmove(at + width - 1, at, length);
    out->length += width - 1;
    at[-2] = (uint8_t)(BYTES_FOLLOW + power);
    for (uint32_t each = 0; each < width; each++) at[(int32_t)each - 1] = (uint8_t)(length >> 8 * (width - 1 - each));
}
