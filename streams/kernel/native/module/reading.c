/* The state of an account, for people and for tests. */
#include "module.h"

/* Appends (kind, number) to a list; false with an exception set. */
static bool note(PyObject *list, const char *kind, uint32_t number) {
    PyObject *pair = Py_BuildValue("(sI)", kind, number);
    if (!pair) return false;
    int appended = PyList_Append(list, pair);
    Py_DECREF(pair);
    return appended == 0;
}

/* Whether one of the value series is past its bound, window by window. */
static bool note_values(Kernel *kernel, Account *account, PyObject *list) {
    const Plan *plan = kernel->plan;
    for (uint32_t i = 0; i < plan->value_series_length; i++) {
        const Series *series = &plan->value_series[i];
        for (uint32_t k = 0; k < series->windows_length; k++) {
            const Window *window = &series->windows[k];
            bool is_past = values_past_bounds(plan, account, i, window->newest, window->oldest);
            if (is_past && !note(list, "value_counts", window->number)) return false;
        }
    }
    return true;
}

static PyObject *past_bounds(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    PyObject *list = account ? PyList_New(0) : NULL;
    if (!list) return NULL;
    bool is_noted = true;
    for (uint32_t i = 0; is_noted && i < kernel->plan->items_length; i++) {
        if (items_past_bounds(kernel->plan, account, i)) is_noted = note(list, "open_items", i);
    }
    for (uint32_t i = 0; is_noted && i < kernel->plan->tallies.length; i++) {
        if (tally_past_bounds(account, i)) is_noted = note(list, "tally", i);
    }
    is_noted = is_noted && note_values(kernel, account, list);
    PyObject *found = is_noted ? Py_BuildValue("(OOO)", list, account->is_past_bounds ? Py_True : Py_False,
                                               ids_are_full(account->ids) ? Py_True : Py_False)
                               : NULL;
    Py_DECREF(list);
    return found;
}

static PyObject *sums(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    return account ? tuple_of_numbers(account->sums, kernel->plan->count_windows) : NULL;
}

/* One window's values: {value: how many of its buckets hold it}. */
static PyObject *values_of(const ValueCounts *counts) {
    PyObject *found = PyDict_New();
    const uint32_t *numbers = counts->room ? (const uint32_t *)(counts->values + counts->room) : NULL;
    for (uint32_t i = 0; found && i < counts->room; i++) {
        if (!numbers[i]) continue;
        PyObject *value = PyLong_FromUnsignedLongLong(counts->values[i]);
        PyObject *number = PyLong_FromUnsignedLong(numbers[i]);
        int put = value && number ? PyDict_SetItem(found, value, number) : -1;
        Py_XDECREF(value);
        Py_XDECREF(number);
        if (put < 0) Py_CLEAR(found);
    }
    return found;
}

static PyObject *values(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    uint32_t windows = kernel->plan->value_windows;
    PyObject *tuple = PyTuple_New(windows);
    for (uint32_t i = 0; tuple && i < windows; i++) put_in(&tuple, i, values_of(&account->value_counts[i]));
    return tuple;
}

static PyObject *tuple_of_days(const int32_t *days, uint32_t length) {
    PyObject *tuple = PyTuple_New(length);
    for (uint32_t i = 0; tuple && i < length; i++) put_in(&tuple, i, PyLong_FromLong(days[i]));
    return tuple;
}

static PyObject *totals(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    uint32_t length = kernel->plan->daily_length;
    PyObject *tuple = PyTuple_New(length);
    for (uint32_t i = 0; tuple && i < length; i++) {
        const Totals *each = &account->totals[i];
        PyObject *days = tuple_of_days(each->days, each->length);
        PyObject *numbers = tuple_of_numbers(each->totals, each->length);
        put_in(&tuple, i, days && numbers ? PyTuple_Pack(2, days, numbers) : NULL);
        Py_XDECREF(days);
        Py_XDECREF(numbers);
    }
    return tuple;
}

static PyObject *items_of(const Items *items) {
    PyObject *tuple = PyTuple_New(items->length);
    for (uint32_t i = 0; tuple && i < items->length; i++) {
        const Item *each = &items->items[i];
        put_in(&tuple, i,
               Py_BuildValue("(KLKd)", (unsigned long long)each->key, (long long)each->at_ms,
                             (unsigned long long)each->tie, each->value));
    }
    return tuple;
}

static PyObject *all_items(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    uint32_t items = kernel->plan->items_length, tallies = kernel->plan->tallies.length;
    PyObject *tuple = PyTuple_New((Py_ssize_t)items + tallies);
    for (uint32_t i = 0; tuple && i < items; i++) put_in(&tuple, i, items_of(&account->items[i]));
    for (uint32_t i = 0; tuple && i < tallies; i++) {
        put_in(&tuple, (Py_ssize_t)items + i, items_of(&account->tallies[i]));
    }
    return tuple;
}

/* (first_ms, latest_ms, borne out, has between, earlier stretches flat, days with a tile, number of ids) */
static PyObject *life(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    PyObject *earlier = PyTuple_New(account->earlier_length);
    for (uint32_t i = 0; earlier && i < account->earlier_length; i++) {
        const Stretch *stretch = &account->earlier[i];
        put_in(&earlier, i,
               Py_BuildValue("(LLO)", (long long)stretch->first_ms, (long long)stretch->last_ms,
                             stretch->has_between ? Py_True : Py_False));
    }
    if (!earlier) return NULL;
    PyObject *days = tuple_of_days(account->days.days, account->days.length);
    return Py_BuildValue("(LLOONNL)", (long long)account->first_ms, (long long)account->latest_ms,
                         account->is_borne_out ? Py_True : Py_False, account->has_between ? Py_True : Py_False, earlier,
                         days, (long long)ids_count(account->ids));
}

static PyObject *latest(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    uint32_t slots = kernel->plan->latest_values.length;
    PyObject *tuple = PyTuple_New(slots);
    for (uint32_t i = 0; tuple && i < slots; i++) {
        const LatestValue *held = &account->latest_values[i];
        PyObject *value = NULL;
        if (held->is_set) value = held->is_text ? text_of(held->text) : PyFloat_FromDouble(held->number);
        put_in(&tuple, i,
               held->is_set ? Py_BuildValue("(LKN)", (long long)held->at_ms, (unsigned long long)held->tie, value)
                            : Py_NewRef(Py_None));
    }
    PyObject *at = tuple_of_numbers(account->latest_at, kernel->plan->latest_at.length);
    PyObject *first = tuple_of_numbers(account->first_at, kernel->plan->first_at.length);
    return Py_BuildValue("(NNN)", tuple, at, first);
}

PyMethodDef reading_methods[] = {
    {"past_bounds", (PyCFunction)past_bounds, METH_O, "([(kind, number)] past a bound, whether any was, ids are full)."},
    {"sums", (PyCFunction)sums, METH_O, "By count window."},
    {"values", (PyCFunction)values, METH_O, "By value window: {value: buckets that hold it}."},
    {"totals", (PyCFunction)totals, METH_O, "By daily totals: (days, totals)."},
    {"items", (PyCFunction)all_items, METH_O, "By open items, then by tally: (key, at_ms, tie, value)."},
    {"life", (PyCFunction)life, METH_O, "First and latest instant, stretches, days with a tile, number of ids."},
    {"latest", (PyCFunction)latest, METH_O, "(latest values, latest instants, first instants)."},
    {NULL, NULL, 0, NULL},
};
