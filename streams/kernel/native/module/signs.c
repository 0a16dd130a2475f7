/* What the events of a day have in common, for the signs of scoring.plan.signs. */
#include "module.h"

#include "../answer/answer.h"
#include "../fold/days.h"

/* What the tile's day kept, unless it did so from the middle of the day on. */
static PyObject *in_common(const Days *days, uint32_t series, const DayOfEvents *of) {
    const Alike *alike = alike_on(days, of->day, series);
    bool is_whole = alike && alike->number == of->number;
    PyObject *event = text_of(is_whole ? alike_event(alike) : (Text){"", 0});
    PyObject *user = text_of(is_whole ? alike_user(alike) : (Text){"", 0});
    return Py_BuildValue("(LLNNL)", (long long)of->day, (long long)of->number, event, user, (long long)of->hour);
}

static PyObject *day_of_events(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    int64_t series, day, until, last = (int64_t)kernel->plan->count_series_length - 1;
    if (!has_arguments("day_of_events", given, 4, 4)) return NULL;
    Account *account = account_of(kernel, arguments[0]);
    if (!account || !whole_of(arguments[1], 0, last, "the number of a count series", &series)) return NULL;
    if (!whole_of(arguments[2], INT32_MIN, INT32_MAX, "a day", &day)) return NULL;
    if (!whole_of(arguments[3], INT32_MIN, INT32_MAX, "a day", &until)) return NULL;
    DayOfEvents found;
    if (!first_day_with_events(kernel->plan, &account->counts[series], day, until, &found)) Py_RETURN_NONE;
    return in_common(&account->days, (uint32_t)series, &found);
}

PyMethodDef sign_methods[] = {
    {"day_of_events", (PyCFunction)(void (*)(void))day_of_events, METH_FASTCALL,
     "The first day with events of a count series (number, series, day, until): (day, events, name, user, hour)."},
    {NULL, NULL, 0, NULL},
};
