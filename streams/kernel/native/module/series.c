/* What an account keeps by day: its series, what the events of a day have in common, its ids. For records and tests. */
#include "module.h"

#include "../fold/days.h"
#include "../state/cells.h"
#include "../state/ids.h"

/* (buckets, contents): of counts the contents are whole numbers, of values fingerprints. */
static PyObject *cells_of(const Cells *cells, bool are_counts) {
    PyObject *buckets = PyList_New(0), *contents = PyList_New(0);
    bool is_made = buckets && contents;
    for (Place each = {0, 0}; is_made && is_cell(cells, each); each = place_after(cells, each)) {
        uint64_t content = content_of(cell_at(cells, each));
        PyObject *bucket = PyLong_FromUnsignedLong(cell_at(cells, each)->bucket);
        PyObject *number = are_counts ? PyLong_FromLongLong((int64_t)content) : PyLong_FromUnsignedLongLong(content);
        is_made = bucket && number && !PyList_Append(buckets, bucket) && !PyList_Append(contents, number);
        Py_XDECREF(bucket);
        Py_XDECREF(number);
    }
    PyObject *both = is_made ? PyTuple_Pack(2, buckets, contents) : NULL;
    Py_XDECREF(buckets);
    Py_XDECREF(contents);
    return both;
}

static PyObject *series(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    uint32_t counts = kernel->plan->count_series_length, values = kernel->plan->value_series_length;
    PyObject *tuple = PyTuple_New((Py_ssize_t)counts + values);
    for (uint32_t i = 0; tuple && i < counts; i++) put_in(&tuple, i, cells_of(&account->counts[i], true));
    for (uint32_t i = 0; tuple && i < values; i++) {
        put_in(&tuple, (Py_ssize_t)counts + i, cells_of(&account->values[i].cells, false));
    }
    return tuple;
}

static PyObject *ceilings_of(const Values *values) {
    PyObject *tuple = PyTuple_New(values->ceilings_length);
    for (uint32_t i = 0; tuple && i < values->ceilings_length; i++) {
        const Ceiling *each = &values->ceilings[i];
        put_in(&tuple, i, Py_BuildValue("(LK)", (long long)each->day, (unsigned long long)each->ceiling));
    }
    return tuple;
}

static PyObject *ceilings(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    PyObject *tuple = PyTuple_New(kernel->plan->value_series_length);
    for (uint32_t i = 0; tuple && i < kernel->plan->value_series_length; i++) {
        put_in(&tuple, i, ceilings_of(&account->values[i]));
    }
    return tuple;
}

static PyObject *alikes(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    PyObject *tuple = PyTuple_New(account->days.alikes_length);
    for (uint32_t i = 0; tuple && i < account->days.alikes_length; i++) {
        const Alike *each = &account->days.alikes[i];
        PyObject *event = text_of(alike_event(each)), *user = text_of(alike_user(each));
        put_in(&tuple, i,
               Py_BuildValue("(LINNL)", (long long)each->day, (unsigned)each->series, event, user,
                             (long long)each->number));
    }
    return tuple;
}

/* The ids of a period. */
static PyObject *prints_of(const IdList *list, int32_t period) {
    PyObject *prints = PyList_New(0);
    for (uint32_t i = 0; prints && i < list->length; i++) {
        if (periods_of(list)[i] != period) continue;
        PyObject *print = PyLong_FromUnsignedLongLong(list->prints[i]);
        if (!print || PyList_Append(prints, print) < 0) Py_CLEAR(prints);
        Py_XDECREF(print);
    }
    return prints;
}

/* {period: fingerprints in order of arrival}, by the first that came. */
static PyObject *periods_in(const IdList *list) {
    PyObject *periods = PyDict_New();
    for (uint32_t i = 0; periods && i < list->length; i++) {
        PyObject *period = PyLong_FromLong(periods_of(list)[i]);
        int is_there = period ? PyDict_Contains(periods, period) : -1;
        PyObject *prints = is_there == 0 ? prints_of(list, periods_of(list)[i]) : NULL;
        if (is_there < 0 || (is_there == 0 && (!prints || PyDict_SetItem(periods, period, prints) < 0))) {
            Py_CLEAR(periods);
        }
        Py_XDECREF(period);
        Py_XDECREF(prints);
    }
    return periods;
}

static PyObject *ids(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    const EventIds *held = account->ids;
    PyObject *closed = PyTuple_New(held->closed_length);
    for (uint32_t i = 0; closed && i < held->closed_length; i++) {
        const Chunk *chunk = &held->closed[i];
        put_in(&closed, i, Py_BuildValue("(IN)", (unsigned)chunk->number, periods_in(&chunk->ids)));
    }
    if (!closed) return NULL;
    return Py_BuildValue("(INN)", (unsigned)held->next_number, periods_in(&held->open), closed);
}

/* (next purge, timers of all edges) */
static PyObject *timers(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    PyObject *edges = tuple_of_numbers(account->edge_timers, kernel->plan->edges);
    return Py_BuildValue("(LN)", (long long)account->next_purge, edges);
}

PyMethodDef series_methods[] = {
    {"series", (PyCFunction)series, METH_O, "By count series, then by value series: (buckets, contents)."},
    {"ceilings", (PyCFunction)ceilings, METH_O, "By value series: (day, ceiling) of the days that had too many values."},
    {"alikes", (PyCFunction)alikes, METH_O, "(day, count series, event, user, events) where a sign needs it."},
    {"ids", (PyCFunction)ids, METH_O, "The number of the next chunk, the open one, the closed ones with their numbers; each by period."},
    {"timers", (PyCFunction)timers, METH_O, "When days or ids are dropped next, and when something crosses each edge."},
    {NULL, NULL, 0, NULL},
};
