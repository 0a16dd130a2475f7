/* Names by a hash; what finds another name in its place looks at the next. */
#include "names.h"

#include <string.h>

Names names_of(TableReader *reader, const Text *names, uint32_t length) {
    uint32_t room = 16;
    while (room < 4 * (uint64_t)length) room *= 2;
    Names made = {room - 1, take_block(reader, room, sizeof(uint32_t)), length, names};
    for (uint32_t number = 0; number < length; number++) {
        uint32_t place = (uint32_t)spread(names[number]) & made.mask;
        while (made.numbers[place]) place = (place + 1) & made.mask;
        made.numbers[place] = number + 1;
    }
    return made;
}

int32_t number_of(const Names *names, Text name) {
    uint32_t place = (uint32_t)spread(name) & names->mask;
    for (; names->numbers[place]; place = (place + 1) & names->mask) {
        const Text *found = &names->names[names->numbers[place] - 1];
        if (found->length == name.length && !memcmp(found->bytes, name.bytes, name.length)) {
            return (int32_t)names->numbers[place] - 1;
        }
    }
    return -1;
}
