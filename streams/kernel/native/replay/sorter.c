/* Sorts lines: see sorter.h. */
#include "sorter.h"

#include <string.h>

static bool is_space(char each) { return each == ' ' || (each >= '\t' && each <= '\r'); }

static bool is_blank(Text line) {
    for (uint32_t each = 0; each < line.length; each++)
        if (!is_space(line.bytes[each])) return false;
    return true;
}

static void grow_rows(Rows *rows) {
    if (rows->length < rows->room) return;
    rows->room = rows->room ? 2 * rows->room : 64;
    rows->accounts = grow_memory(rows->accounts, rows->room, sizeof *rows->accounts);
    rows->routes = grow_memory(rows->routes, rows->room, sizeof *rows->routes);
    rows->occurred = grow_memory(rows->occurred, rows->room, sizeof *rows->occurred);
    rows->known = grow_memory(rows->known, rows->room, sizeof *rows->known);
    rows->prints = grow_memory(rows->prints, rows->room, sizeof *rows->prints);
    rows->users = grow_memory(rows->users, rows->room, sizeof *rows->users);
}

void empty_rows(Rows *rows) {
    give_memory(rows->accounts);
    give_memory(rows->routes);
    give_memory(rows->occurred);
    give_memory(rows->known);
    give_memory(rows->prints);
    give_memory(rows->users);
    *rows = (Rows){0};
}

void put_row(Sorter *sorter, const SortedAccount *account, uint32_t route, const LineEvent *event, int64_t known_ms,
             uint64_t user) {
    Rows *rows = &sorter->rows[account->partition];
    grow_rows(rows);
    uint32_t place = rows->length++;
    rows->accounts[place] = account->number;
    rows->routes[place] = route;
    rows->occurred[place] = event->at_ms;
    rows->known[place] = known_ms;
    rows->prints[place] = event->id_print;
    rows->users[place] = user;
}

/* Puts an event into its columns; a whole one with its line, whose place stands for the user. */
static void keep(Sorter *sorter, const SortedRoute *route, const LineEvent *event, int64_t known_ms, Text line) {
    const SortedAccount *account = sorted_account(sorter, decoded_account(sorter->decoder));
    bool is_whole = event->is_bare ? route->keeps_bare : route->keeps_others;
    uint64_t user = event->user_print;
    if (is_whole) {
        user = sorter->rows[account->partition].whole++;
        sorter->keep_whole(sorter->self, account->partition, event->topic, line);
    }
    put_row(sorter, account, 2 * route->number + is_whole, event, known_ms, user);
}

static void note_event(Sorter *sorter, int64_t at_ms) {
    sorter->events++;
    sorter->first_at_ms = least(sorter->first_at_ms, at_ms);
    sorter->last_at_ms = greatest(sorter->last_at_ms, at_ms);
}

static LinesStop sort_line(Sorter *sorter, Text line) {
    LineEvent event;
    if (!decode_line(sorter->decoder, line, sorter->now_ms, &event)) return LINES_LEFT;
    int64_t known_ms = sorter->is_in_order ? greatest(sorter->latest_ms, event.at_ms) : event.at_ms;
    const SortedRoute *route = sorted_route(sorter, event.topic, asked_name(sorter->decoder));
    sorter->asked_topic = event.topic;
    if (!route) return LINES_ASK_ROUTE;
    bool is_kept = known_ms <= sorter->last_ms;
    /* Python notes how an account is written, and where a source begins. */
    if (known_ms < (event.is_bare ? route->bare_until : route->others_until)) return LINES_LEFT;
    if (!is_kept && !knows_account(sorter, decoded_account(sorter->decoder))) return LINES_LEFT;
    sorter->latest_ms = known_ms;
    note_event(sorter, event.at_ms);
    if (is_kept) keep(sorter, route, &event, known_ms, line);
    return LINES_DONE;
}

LinesStop sort_lines(Sorter *sorter, Text text, size_t *at, size_t *end) {
    while (*at < text.length) {
        const char *begin = text.bytes + *at;
        const char *found = memchr(begin, '\n', text.length - *at);
        *end = found ? (size_t)(found - text.bytes) : text.length;
        Text line = {begin, (uint32_t)(*end - *at)};
        if (line.length && !is_blank(line)) {
            LinesStop stop = sort_line(sorter, line);
            if (stop != LINES_DONE) return stop;
        }
        sorter->lines++;
        *at = *end + 1;
    }
    return LINES_DONE;
}

void sorter_begin(Sorter *sorter, Decoder *decoder, uint32_t partitions) {
    sorter->decoder = decoder;
    sorter->partitions = partitions;
    sorter->rows = take_memory(partitions, sizeof *sorter->rows);
    sorter->next_numbers = take_memory(partitions, sizeof *sorter->next_numbers);
    begin_block(sorter, -FAR);
}

void begin_block(Sorter *sorter, int64_t latest_ms) {
    sorter->latest_ms = latest_ms;
    sorter->first_at_ms = FAR;
    sorter->last_at_ms = -FAR;
    sorter->lines = sorter->events = 0;
    sorter->fresh = sorter->accounts_length;
}

void sorter_free(Sorter *sorter) {
    for (uint32_t each = 0; sorter->rows && each < sorter->partitions; each++) empty_rows(&sorter->rows[each]);
    for (uint32_t each = 0; each < sorter->accounts_length; each++) give_memory((char *)sorter->accounts[each].id.bytes);
    for (uint32_t each = 0; each < sorter->routes_length; each++) give_memory((char *)sorter->routes[each].name.bytes);
    give_memory(sorter->rows);
    give_memory(sorter->next_numbers);
    give_memory(sorter->accounts);
    give_memory(sorter->account_places);
    give_memory(sorter->routes);
    give_memory(sorter->route_places);
}
