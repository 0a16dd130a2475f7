/* Where there is no libFuzzer: changes the files that are named, again and again, for some seconds. Not guided by coverage. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LONGEST 4096

int LLVMFuzzerInitialize(int *count, char ***arguments) __attribute__((weak));
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static uint64_t state = 1;

static uint32_t any(uint32_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

static size_t change(uint8_t *bytes, size_t length) {
    static const char *const ODD[] = {"\\u0041", "\\ud83d\\ude00", "\\", "\"", "\xc3\xa9", "\xff", "e5", ".", "-", "{", "[", "}"};
    for (uint32_t times = any(4); times && length; times--) {
        size_t place = any((uint32_t)length);
        const char *odd = ODD[any(sizeof ODD / sizeof *ODD)];
        size_t more = strlen(odd);
        switch (any(3)) {
        case 0: bytes[place] = (uint8_t)any(256); break;
        case 1: memmove(bytes + place, bytes + place + 1, --length - place); break;
        default:
            memmove(bytes + place + more, bytes + place, length - place);
            memcpy(bytes + place, odd, more);
            length += more;
        }
    }
    return length;
}

static size_t read_file(const char *path, uint8_t *bytes) {
    FILE *opened = fopen(path, "rb");
    size_t length = opened ? fread(bytes, 1, LONGEST - 100, opened) : 0;
    if (opened) fclose(opened);
    return length;
}

/* driver SECONDS FILE... */
int main(int count, char **arguments) {
    uint8_t bytes[LONGEST];
    uint64_t runs = 0;
    if (count < 3) return 2;
    if (LLVMFuzzerInitialize) LLVMFuzzerInitialize(&count, &arguments);
    time_t end = time(NULL) + atoi(arguments[1]);
    while (time(NULL) < end) {
        for (int i = 2; i < count; i++, runs++) {
            size_t length = change(bytes, read_file(arguments[i], bytes));
            uint8_t *exact = malloc(length ? length : 1); /* so that a step too far is seen */
            memcpy(exact, bytes, length);
            LLVMFuzzerTestOneInput(exact, length);
            free(exact);
        }
    }
    printf("%llu runs\n", (unsigned long long)runs);
    return 0;
}
