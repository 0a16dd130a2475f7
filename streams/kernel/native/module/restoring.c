/* Accounts from records: see streams.changelog.account_codec. */
#include "module.h"

#include "../record/state_in.h"

/* A reader of bytes from `at` on. */
static bool reader_of(Kernel *kernel, PyObject *object, PyObject *at, In *in) {
    Text bytes;
    int64_t begin;
    if (!bytes_of(object, &bytes)) return false;
    if (!whole_of(at, 0, bytes.length, "where a record begins", &begin)) return false;
    const uint8_t *first = (const uint8_t *)bytes.bytes;
    *in = (In){.at = first + begin, .end = first + bytes.length, .rows = kernel->rows};
    return true;
}

static PyObject *list_of_names(const Names *names) {
    PyObject *list = PyList_New(names->length);
    for (uint32_t i = 0; list && i < names->length; i++) {
        const Name *name = &names->names[i];
        PyObject *pair = Py_BuildValue("(IK)", (unsigned)name->kind, (unsigned long long)name->number);
        if (pair)
            PyList_SET_ITEM(list, i, pair);
        else
            Py_CLEAR(list);
    }
    return list;
}

/* The tuple of an account that was read, which goes to the kernel. */
static PyObject *begin_read(Kernel *kernel, Account *account, const Offsets *offsets, const Names *names) {
    PyObject *list = list_of_names(names);
    PyObject *applied = list ? tuple_of_numbers(offsets->applied, TOPICS) : NULL;
    if (!applied) {
        Py_XDECREF(list);
        account_free(kernel->plan, account);
        return NULL;
    }
    return Py_BuildValue("(NNN)", number_for(kernel, account), applied, list);
}

static PyObject *read_head(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    In in;
    Offsets offsets = {{0}};
    Names names = {0, 0, NULL};
    if (!has_arguments("read", given, 2, 2) || !reader_of(kernel, arguments[0], arguments[1], &in)) return NULL;
    Account *account = account_in(kernel->plan, &in, &offsets, &names);
    PyObject *found = account ? begin_read(kernel, account, &offsets, &names)
                              : PyErr_Format(PyExc_ValueError, "%s", in.damage);
    give_memory(names.names);
    return found;
}

static bool name_of(PyObject *kind, PyObject *number, Name *into) {
    static const int64_t MOST[] = {[OWN_DAY] = DAY_MAX, [OWN_TOTALS] = BLOCK_MAX, [OWN_IDS] = CHUNK_NUMBER_MAX};
    int64_t found;
    if (!whole_of(kind, 0, OWN_KINDS - 1, "the kind of a record", &found)) return false;
    into->kind = (OwnKind)found;
    if (into->kind == OWN_ITEMS) {
        into->number = PyLong_AsUnsignedLongLong(number);
        return into->number != UINT64_MAX || !PyErr_Occurred();
    }
    if (!whole_of(number, 0, MOST[into->kind], "the number of a record", &found)) return false;
    into->number = (uint64_t)found;
    return true;
}

static PyObject *add(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    In in;
    Name name = {.place = UINT32_MAX};
    Offsets offsets = {{0}};
    if (!has_arguments("add", given, 5, 5)) return NULL;
    Account *account = account_of(kernel, arguments[0]);
    if (!account || !name_of(arguments[1], arguments[2], &name)) return NULL;
    if (!reader_of(kernel, arguments[3], arguments[4], &in)) return NULL;
    own_in(kernel->plan, account, &name, &in, &offsets);
    if (is_damaged(&in)) return PyErr_Format(PyExc_ValueError, "%s", in.damage);
    if (name.kind == OWN_DAY || name.kind == OWN_TOTALS) return tuple_of_numbers(offsets.applied, TOPICS);
    Py_RETURN_NONE;
}

static PyObject *restore(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    Fold fold = {kernel->plan, &kernel->past};
    const char *error = fold_restore(&fold, account);
    if (error) return PyErr_Format(PyExc_ValueError, "%s", error);
    Py_RETURN_NONE;
}

PyMethodDef restoring_methods[] = {
    {"read", (PyCFunction)(void (*)(void))read_head, METH_FASTCALL,
     "Begin an account from the state of a head (state, at): (number, applied offsets, [(kind, number) of own records])."},
    {"add", (PyCFunction)(void (*)(void))add, METH_FASTCALL,
     "Put an own record into an account (number, kind, number of the record, body, at): its offsets, if it has any."},
    {"restore", (PyCFunction)restore, METH_O, "Compute what records do not hold, after the last `add`."},
    {NULL, NULL, 0, NULL},
};
