/* The routes that are known, by topic and name: scoring.plan.routes.Routes. */
#include "tables.h"

#include <string.h>

#define ROUTES_MAX 10000
#define PLACES 16384
#define IN_PLACE_MAX 32 /* names that were made to be in one place are forgotten like too many */

struct Routes {
    uint32_t length;
    Route *places[PLACES];
};

Routes *routes_new(void) { return take_memory(1, sizeof(Routes)); }

static void forget(Routes *routes) {
    for (uint32_t i = 0; i < PLACES; i++) {
        while (routes->places[i]) {
            Route *next = routes->places[i]->next;
            give_blocks(routes->places[i]->blocks);
            routes->places[i] = next;
        }
    }
    routes->length = 0;
}

void routes_free(Routes *routes) {
    if (!routes) return;
    forget(routes);
    give_memory(routes);
}

static uint32_t place_of(uint32_t topic, Text name) { return (uint32_t)(spread(name) + topic) % PLACES; }

const Route *find_route(const Routes *routes, uint32_t topic, Text name) {
    const Route *route = routes->places[place_of(topic, name)];
    for (; route; route = route->next) {
        if (route->topic == topic && route->name.length == name.length &&
            !memcmp(route->name.bytes, name.bytes, name.length)) {
            return route;
        }
    }
    return NULL;
}

static uint32_t length_of(const Route *route) {
    uint32_t length = 0;
    for (; route; route = route->next) length++;
    return length;
}

void put_route(Routes *routes, Route *route, uint32_t topic, Text name) {
    uint32_t place = place_of(topic, name);
    if (routes->length == ROUTES_MAX || length_of(routes->places[place]) == IN_PLACE_MAX) forget(routes);
    TableReader memory = {.blocks = route->blocks};
    char *bytes = take_block(&memory, name.length, 1);
    memcpy(bytes, name.bytes, name.length);
    route->blocks = memory.blocks;
    route->name = (Text){bytes, name.length};
    route->topic = topic;
    route->next = routes->places[place];
    routes->places[place] = route;
    routes->length++;
}
