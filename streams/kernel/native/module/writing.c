/* Accounts as records: what the changelog holds of them. */
#include "module.h"

#include "../state/marks.h"

#define KEPT_ROOM ((size_t)1 << 20) /* bytes that stay from one account to the next */

enum { CHANGED, ALL, AT_REST, VIEW };

/* The names of own records in a tuple of (kind, number); `were_ordered` says whether they stand in it in their order. */
static bool names_of(Kernel *kernel, PyObject *given, Names *into, bool *were_ordered) {
    into->length = 0;
    if (!PyTuple_Check(given)) return PyErr_Format(PyExc_TypeError, "own records are a tuple of (kind, number)"), false;
    for (Py_ssize_t each = 0; each < PyTuple_GET_SIZE(given); each++) {
        PyObject *pair = PyTuple_GET_ITEM(given, each);
        int64_t kind, number = 0;
        if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2)
            return PyErr_Format(PyExc_TypeError, "an own record is (kind, number)"), false;
        PyObject *of = PyTuple_GET_ITEM(pair, 1);
        if (!whole_of(PyTuple_GET_ITEM(pair, 0), 0, OWN_KINDS - 1, "the kind of an own record", &kind)) return false;
        if (kind == OWN_ITEMS) {
            number = (int64_t)PyLong_AsUnsignedLongLong(of);
            if (number == -1 && PyErr_Occurred()) return false;
        } else if (!whole_of(of, INT32_MIN, UINT32_MAX, "the number of an own record", &number)) {
            return false;
        }
        uint32_t place = kind == OWN_ITEMS ? items_place(kernel->plan, (uint64_t)number) : 0;
        add_name(into, (OwnKind)kind, (uint64_t)number, place);
    }
    *were_ordered = !order_names(into);
    return true;
}

static bool offsets_of(PyObject *given, List *into) {
    into->length = 0;
    if (!PyTuple_Check(given)) return PyErr_Format(PyExc_TypeError, "offsets are a tuple"), false;
    for (Py_ssize_t each = 0; each < PyTuple_GET_SIZE(given); each++) {
        int64_t offset;
        if (!whole_of(PyTuple_GET_ITEM(given, each), -1, FAR, "an offset", &offset)) return false;
        list_add(into, offset + 1);
    }
    return true;
}

static PyObject *number_of(const Name *name) {
    if (name->kind == OWN_ITEMS) return PyLong_FromUnsignedLongLong(name->number);
    return PyLong_FromLongLong((int64_t)name->number);
}

static PyObject *taken(Writer *writer) {
    return PyBytes_FromStringAndSize((const char *)writer->out.bytes, (Py_ssize_t)writer->out.length);
}

/* (kind, number), or with a body (kind, number, body). */
static PyObject *named(const Name *name, PyObject *body, bool has_body) {
    PyObject *tuple = PyTuple_New(2 + has_body);
    put_in(&tuple, 0, PyLong_FromLong((long)name->kind));
    put_in(&tuple, 1, number_of(name));
    if (has_body) put_in(&tuple, 2, body);
    return tuple;
}

/* A list of (kind, number). Pairs of `held` are used again: most stay from one write to the next. */
static PyObject *names_list(const Names *names, PyObject *held) {
    PyObject *list = PyList_New(names->length);
    for (uint32_t each = 0; list && each < names->length; each++) {
        const Name *name = &names->names[each];
        bool is_there = held && name->held != UINT32_MAX;
        PyObject *pair = is_there ? Py_NewRef(PyTuple_GET_ITEM(held, name->held)) : named(name, NULL, false);
        if (!pair) Py_CLEAR(list);
        if (list) PyList_SET_ITEM(list, each, pair);
    }
    return list;
}

static PyObject *bodies_list(Writer *writer, const Account *account, int64_t how) {
    PyObject *list = PyList_New(0);
    for (uint32_t each = 0; list && each < writer->own.length; each++) {
        const Name *name = &writer->own.names[each];
        if (how == CHANGED && name->held != UINT32_MAX && !is_changed(account, name)) continue;
        writer->out.length = 0;
        put_own(writer, account, name);
        PyObject *body = named(name, taken(writer), true);
        if (!body || PyList_Append(list, body) < 0) Py_CLEAR(list);
        Py_XDECREF(body);
    }
    return list;
}

static void choose_own(Writer *writer, const Account *account, int64_t how) {
    if (how == VIEW) {
        own_chunks(account, &writer->own);
    } else if (how == AT_REST) {
        living_records(writer->plan, account, &writer->held, &writer->own);
    } else {
        own_records(writer->plan, account, &writer->limits, &writer->held, &writer->numbers, &writer->own);
    }
    match_names(&writer->own, &writer->held);
}

static PyObject *written(Writer *writer, Account *account, int64_t how, PyObject *held) {
    choose_own(writer, account, how);
    writer->out.length = 0;
    put_state(writer, account);
    PyObject *state = taken(writer), *own = names_list(&writer->own, held);
    PyObject *bodies = state && own ? bodies_list(writer, account, how) : NULL;
    PyObject *found = bodies ? PyTuple_Pack(3, state, own, bodies) : NULL;
    Py_XDECREF(state);
    Py_XDECREF(own);
    Py_XDECREF(bodies);
    if (found && how != VIEW) forget_changes(account);
    return found;
}

/* A number that is no int runs code of its own, and so may the end of an object: neither writes in between. */
static PyObject *encode(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    int64_t how;
    bool were_ordered;
    Writer *writer = &kernel->writer;
    if (!has_arguments("encode", given, 4, 4)) return NULL;
    if (writer->is_busy) return PyErr_Format(PyExc_RuntimeError, "another account is being written");
    writer->is_busy = true;
    writer->plan = kernel->plan;
    bool are_given = offsets_of(arguments[1], &writer->offsets) &&
                     names_of(kernel, arguments[2], &writer->held, &were_ordered) &&
                     whole_of(arguments[3], CHANGED, VIEW, "how to encode", &how);
    Account *account = are_given ? account_of(kernel, arguments[0]) : NULL;
    PyObject *found = account ? written(writer, account, how, were_ordered ? arguments[2] : NULL) : NULL;
    writer->is_busy = false;
    if (writer->out.room > KEPT_ROOM) {
        give_memory(writer->out.bytes);
        writer->out = (Out){0};
    }
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
    {"encode", (PyCFunction)(void (*)(void))encode, METH_FASTCALL,
     "An account's records (number, offsets, held, how): the state of its head, its own records, the bodies to be written."},
    {"set_limits", (PyCFunction)(void (*)(void))set_limits, METH_FASTCALL,
     "What a head holds at most (cells of the open day, of older days, totals, items), and how small a chunk of ids is."},
    {"expired_counts", (PyCFunction)expired_counts, METH_O, "What left the windows in the latest step: (window, day, events)."},
    {NULL, NULL, 0, NULL},
};
