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

/* (number, fingerprints in order of arrival) */
static PyObject *chunk_of(const Chunk *chunk) {
    PyObject *prints = PyTuple_New(chunk->length);
    for (uint32_t i = 0; prints && i < chunk->length; i++) {
        put_in(&prints, i, PyLong_FromUnsignedLongLong(chunk->prints[i]));
    }
    return Py_BuildValue("(IN)", (unsigned)chunk->number, prints);
}

/* The few ids of a period, as the one chunk that they would be. */
static PyObject *few_of(const EventIds *ids, int64_t period) {
    uint64_t prints[FEW_IDS_MAX];
    Chunk chunk = {.prints = prints};
    for (uint32_t i = 0; i < ids->few_length; i++) {
        if (few_periods(ids)[i] == period) prints[chunk.length++] = ids->few[i];
    }
    return Py_BuildValue("(L(N))", (long long)period, chunk_of(&chunk));
}

static PyObject *few(const EventIds *ids) {
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list && i < ids->few_length; i++) {
        bool is_first = true;
        for (uint32_t j = 0; j < i; j++) is_first = is_first && few_periods(ids)[j] != few_periods(ids)[i];
        PyObject *each = is_first ? few_of(ids, few_periods(ids)[i]) : NULL;
        if (is_first && (!each || PyList_Append(list, each) < 0)) Py_CLEAR(list);
        Py_XDECREF(each);
    }
    PyObject *tuple = list ? PyList_AsTuple(list) : NULL;
    Py_XDECREF(list);
    return tuple;
}

static PyObject *ids(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    if (account->ids->few_length) return few(account->ids);
    ids_close(account->ids);
    PyObject *tuple = PyTuple_New(account->ids->length);
    for (uint32_t i = 0; tuple && i < account->ids->length; i++) {
        const Period *period = &account->ids->periods[i];
        PyObject *chunks = PyTuple_New(period->length);
        for (uint32_t j = 0; chunks && j < period->length; j++) put_in(&chunks, j, chunk_of(&period->chunks[j]));
        put_in(&tuple, i, Py_BuildValue("(LN)", (long long)period->period, chunks));
    }
    return tuple;
}

/* (next purge, timers of all edges) */
static PyObject *timers(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    PyObject *edges = tuple_of_numbers(account->edge_timers, kernel->plan->edges);
    return Py_BuildValue("(LN)", (long long)account->next_purge, edges);
}

static PyObject *restore(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    Fold fold = {kernel->plan, &kernel->past};
    fold_restore(&fold, account);
    Py_RETURN_NONE;
}

PyMethodDef series_methods[] = {
    {"series", (PyCFunction)series, METH_O, "By count series, then by value series: (buckets, contents)."},
    {"ceilings", (PyCFunction)ceilings, METH_O, "By value series: (day, ceiling) of the days that had too many values."},
    {"alikes", (PyCFunction)alikes, METH_O, "(day, count series, event, user, events) where a sign needs it."},
    {"ids", (PyCFunction)ids, METH_O, "By period: (period, chunks of (number, fingerprints))."},
    {"timers", (PyCFunction)timers, METH_O, "When days or ids are dropped next, and when something crosses each edge."},
    {"restore", (PyCFunction)restore, METH_O, "Compute what records do not hold from what they do."},
    {NULL, NULL, 0, NULL},
};
