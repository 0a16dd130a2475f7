/* Accounts by number: begun, folded, copied, given back. */
#include "module.h"

#define ACCOUNTS_MAX ((uint32_t)1 << 30)

PyObject *number_for(Kernel *kernel, Account *account) {
    uint32_t number;
    if (kernel->free_length) {
        number = kernel->free[--kernel->free_length];
    } else {
        if (kernel->length == ACCOUNTS_MAX) fault("one kernel has too many accounts");
        MAKE_ROOM(kernel->accounts, kernel->length, kernel->room, 16);
        number = kernel->length++;
    }
    kernel->accounts[number] = account;
    return PyLong_FromUnsignedLong(number);
}

void give_accounts(Kernel *kernel) {
    for (uint32_t i = 0; i < kernel->length; i++) {
        if (kernel->accounts[i]) account_free(kernel->plan, kernel->accounts[i]);
    }
    give_memory(kernel->accounts);
    give_memory(kernel->free);
}

static PyObject *begin(Kernel *kernel, PyObject *as_of) {
    int64_t as_of_ms;
    if (!instant_of(as_of, &as_of_ms)) return NULL;
    return number_for(kernel, account_new(kernel->plan, as_of_ms));
}

static PyObject *give_back(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    if (!account) return NULL;
    uint32_t place = (uint32_t)PyLong_AsUnsignedLong(number);
    account_free(kernel->plan, account);
    kernel->accounts[place] = NULL;
    MAKE_ROOM(kernel->free, kernel->free_length, kernel->free_room, 16);
    kernel->free[kernel->free_length++] = place;
    Py_RETURN_NONE;
}

static PyObject *fork_account(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    return account ? number_for(kernel, account_fork(kernel->plan, account)) : NULL;
}

static PyObject *apply(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    int64_t as_of_ms, arrived_ms = -1;
    if (!has_arguments("apply", given, 3, 4)) return NULL;
    Account *account = account_of(kernel, arguments[0]);
    if (!account || !instant_of(arguments[2], &as_of_ms)) return NULL;
    if (given == 4 && !whole_of(arguments[3], -1, INSTANT_MAX, "the instant of arrival", &arrived_ms)) return NULL;
    char *bytes;
    Py_ssize_t length;
    if (PyBytes_AsStringAndSize(arguments[1], &bytes, &length) < 0) return NULL;
    const char *error = unpack_event(kernel->plan, (const uint8_t *)bytes, (size_t)length, &kernel->packed);
    if (error) return PyErr_Format(PyExc_ValueError, "%s", error);
    Fold fold = {kernel->plan, &kernel->past};
    return PyLong_FromLong(fold_apply(&fold, account, &kernel->packed.event, as_of_ms, arrived_ms));
}

static PyObject *advance(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    int64_t as_of_ms;
    if (!has_arguments("advance", given, 2, 2)) return NULL;
    Account *account = account_of(kernel, arguments[0]);
    if (!account || !instant_of(arguments[1], &as_of_ms)) return NULL;
    Fold fold = {kernel->plan, &kernel->past};
    return PyBool_FromLong(fold_advance(&fold, account, as_of_ms));
}

static PyObject *due(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    return account ? PyLong_FromLongLong(account->next_due) : NULL;
}

static PyObject *as_of(Kernel *kernel, PyObject *number) {
    Account *account = account_of(kernel, number);
    return account ? PyLong_FromLongLong(account->as_of_ms) : NULL;
}

static PyObject *close_some(Kernel *kernel, PyObject *const *arguments, Py_ssize_t given) {
    int64_t number, items;
    if (!has_arguments("close_items", given, 3, 3)) return NULL;
    Account *account = account_of(kernel, arguments[0]);
    int64_t last = (int64_t)kernel->plan->items_length - 1;
    if (!account || !whole_of(arguments[1], 0, last, "the number of open items", &number)) return NULL;
    if (!whole_of(arguments[2], 0, INT32_MAX, "a number of items", &items)) return NULL;
    if (kernel->plan->items[number].is_times) return PyErr_Format(PyExc_ValueError, "only open items can be closed");
    close_items(kernel->plan, account, (uint32_t)number, items);
    Py_RETURN_NONE;
}

static PyObject *take_past(Kernel *kernel, PyObject *Py_UNUSED(none)) {
    Past past = kernel->past;
    kernel->past = (Past){0, 0, 0};
    return Py_BuildValue("(LLL)", (long long)past.values, (long long)past.items, (long long)past.ids);
}

PyMethodDef account_methods[] = {
    {"begin", (PyCFunction)begin, METH_O, "The number of a fresh account at an instant."},
    {"free", (PyCFunction)give_back, METH_O, "Give an account back; its number is used again."},
    {"fork", (PyCFunction)fork_account, METH_O, "The number of an independent copy, without ids."},
    {"apply", (PyCFunction)(void (*)(void))apply, METH_FASTCALL,
     "Apply a packed event (number, event, as_of_ms, arrived_ms = -1): the outcome."},
    {"advance", (PyCFunction)(void (*)(void))advance, METH_FASTCALL,
     "Move an account's instant (number, as_of_ms): whether signals may have changed."},
    {"next_due", (PyCFunction)due, METH_O, "The first bucket at which signals may change by themselves."},
    {"as_of_ms", (PyCFunction)as_of, METH_O, "The account's instant."},
    {"close_items", (PyCFunction)(void (*)(void))close_some, METH_FASTCALL,
     "Close open items (number, which, how many), the weightiest first."},
    {"past", (PyCFunction)take_past, METH_NOARGS, "How often a bound was passed since the last call: values, items, ids."},
    {NULL, NULL, 0, NULL},
};
