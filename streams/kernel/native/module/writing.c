/* Accounts as records: what the changelog holds of them. */
#include "module.h"

#include "../record/state_in.h"

bool offsets_of(PyObject *given, List *into) {
    into->length = 0;
    if (!PyTuple_Check(given)) return PyErr_Format(PyExc_TypeError, "offsets are a tuple"), false;
    for (Py_ssize_t each = 0; each < PyTuple_GET_SIZE(given); each++) {
        int64_t offset;
        if (!whole_of(PyTuple_GET_ITEM(given, each), -1, FAR, "an offset", &offset)) return false;
        list_add(into, offset + 1);
    }
    return true;
}

void choose_own(Writer *writer, const Account *account, int64_t how) {
    if (how == AT_REST) {
        living_records(writer->plan, account, &writer->held, &writer->own);
    } else {
        own_records(writer->plan, account, &writer->limits, &writer->held, &writer->numbers, &writer->own);
    }
    match_names(&writer->own, &writer->held);
}

/* (number, contents) */
static PyObject *chunk_of(Writer *writer, const Account *account, const Name *name) {
    writer->out.length = 0;
    put_own(writer, account, name);
    return Py_BuildValue("(Ly#)", (long long)name->number, writer->out.bytes, (Py_ssize_t)writer->out.length);
}

/* The whole state of an account in as few records as can be, to be read: that of its head, and the closed chunks of ids. */
static PyObject *view(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account || !begin_writing(kernel)) return NULL;
    Writer *writer = &kernel->writer;
    writer->held.length = writer->offsets.length = writer->out.length = 0;
    for (uint32_t topic = 0; topic < TOPICS; topic++) list_add(&writer->offsets, 0);
    own_chunks(account, &writer->own);
    put_state(writer, account);
    PyObject *found = PyTuple_New(2), *chunks = PyList_New(writer->own.length);
    put_in(&found, 0, PyBytes_FromStringAndSize((const char *)writer->out.bytes, (Py_ssize_t)writer->out.length));
    for (uint32_t each = 0; chunks && each < writer->own.length; each++) {
        PyObject *chunk = chunk_of(writer, account, &writer->own.names[each]);
        if (chunk) PyList_SET_ITEM(chunks, each, chunk);
        if (!chunk) Py_CLEAR(chunks);
    }
    put_in(&found, 1, chunks);
    end_writing(kernel);
    return found;
}

static PyObject *set_limits(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    Limits limits;
    int64_t chunk_min;
    if (!has_arguments("set_limits", given, 5, 5)) return NULL;
    if (!whole_of(arguments[0], 0, INT32_MAX, "cells of the open day", &limits.open_day_max)) return NULL;
    if (!whole_of(arguments[1], 0, INT32_MAX, "cells of older days", &limits.older_days_max)) return NULL;
    if (!whole_of(arguments[2], 0, INT32_MAX, "daily totals", &limits.totals_max)) return NULL;
    if (!whole_of(arguments[3], 0, INT32_MAX, "items", &limits.items_max)) return NULL;
    if (!whole_of(arguments[4], 1, INT32_MAX, "ids in a chunk", &chunk_min)) return NULL;
    kernel->writer.limits = limits;
    kernel->plan->chunk_min = chunk_min;
    Py_RETURN_NONE;
}

static PyObject *expired_counts(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    uint32_t length = account->expired ? account->expired->length : 0;
    PyObject *list = PyList_New(length);
    for (uint32_t each = 0; list && each < length; each++) {
        const Expired *expired = &account->expired->items[each];
        long long day = expired->bucket / kernel->plan->buckets_a_day;
        PyObject *item = Py_BuildValue("(ILL)", (unsigned)expired->window, day, (long long)expired->number);
        if (!item) Py_CLEAR(list);
        if (list) PyList_SET_ITEM(list, each, item);
    }
    return list;
}

PyMethodDef writing_methods[] = {
    {"view", (PyCFunction)view, METH_O, "The state of an account to be read: that of its head, its chunks of ids (number, contents)."},
    {"set_limits", (PyCFunction)(void (*)(void))set_limits, METH_FASTCALL,
     "What a head holds at most (cells of the open day, of older days, totals, items), and how small a chunk of ids is."},
    {"expired_counts", (PyCFunction)expired_counts, METH_O, "What left the windows in the latest step: (window, day, events)."},
    {NULL, NULL, 0, NULL},
};
