/* The tier changes of accounts, for Python: the method `tiers` of `History`. */
#include "../replay/tiers.h"

#include "history.h"

#define NOW_MS FAR /* the first pass has refused events of the future */

/* One declared instant of a tuple of (instant, norm). */
static bool declared_at(PyObject *declared, Py_ssize_t place, int64_t *instant_ms, PyObject **norm) {
    PyObject *each = PyTuple_GET_ITEM(declared, place);
    if (!PyTuple_Check(each) || PyTuple_GET_SIZE(each) != 2) {
        PyErr_SetString(PyExc_TypeError, "a declared instant comes with its norm");
        return false;
    }
    *norm = PyTuple_GET_ITEM(each, 1);
    return instant_of(PyTuple_GET_ITEM(each, 0), instant_ms);
}

/* Declares all instants from `*next` on that are before `until_ms`. */
static bool declare(PyHistory *self, Tiers *tiers, PyObject *declared, Py_ssize_t *next, int64_t until_ms) {
    for (; *next < PyTuple_GET_SIZE(declared); (*next)++) {
        int64_t instant_ms;
        PyObject *norm;
        if (!declared_at(declared, *next, &instant_ms, &norm)) return false;
        if (instant_ms >= until_ms) return true;
        tiers_advance(tiers, instant_ms);
        if (!take_norm(self->kernel, norm)) return false;
        tiers_declare(tiers, instant_ms);
    }
    return true;
}

/* Passes over the instants before the account's first event; the norm of the last of them holds. */
static bool pass_over(PyHistory *self, PyObject *declared, Py_ssize_t *next, int64_t first_ms) {
    PyObject *norm = NULL;
    for (; *next < PyTuple_GET_SIZE(declared); (*next)++) {
        int64_t instant_ms;
        PyObject *each;
        if (!declared_at(declared, *next, &instant_ms, &each)) return false;
        if (instant_ms >= first_ms) break;
        norm = each;
    }
    if (norm) return take_norm(self->kernel, norm);
    clear_norm(self->kernel);
    return true;
}

static PyObject *list_of_changes(const Tiers *tiers) {
    PyObject *list = PyList_New(tiers->length);
    for (uint32_t each = 0; list && each < tiers->length; each++) {
        const TierChange *change = &tiers->changes[each];
        PyObject *tuple = Py_BuildValue("(Lii)", (long long)change->at_ms, change->from_tier, change->to_tier);
        if (tuple)
            PyList_SET_ITEM(list, each, tuple);
        else
            Py_CLEAR(list);
    }
    return list;
}

/* Decodes a message, and learns its route when that is new; false when it is for the reference, or with an exception set. */
static bool decode_learning(PyHistory *self, unsigned int topic, Text message, PyObject *learn) {
    Decoded decoded = decode(self->history.decoder, topic, message, 0, NOW_MS);
    if (decoded == ASK_ROUTE && learn_asked(self, learn, topic))
        decoded = decode(self->history.decoder, topic, message, 0, NOW_MS);
    return decoded == DECODED;
}

/* Folds the messages; returns the changes, or None when the reference has to. */
static PyObject *fold_messages(PyHistory *self, Tiers *tiers, PyObject *messages, PyObject *declared, int64_t end_ms,
                               PyObject *learn) {
    Py_ssize_t next = 0;
    if (!pass_over(self, declared, &next, tiers->history->account->as_of_ms)) return NULL;
    for (Py_ssize_t place = 0; place < PyList_GET_SIZE(messages); place++) {
        unsigned int topic;
        const char *bytes;
        Py_ssize_t length;
        PyObject *message = PyList_GET_ITEM(messages, place);
        if (!PyTuple_Check(message) || !PyArg_ParseTuple(message, "Iy#", &topic, &bytes, &length)) return NULL;
        if (!decode_learning(self, topic, (Text){bytes, (uint32_t)length}, learn)) {
            if (PyErr_Occurred()) return NULL;
            Py_RETURN_NONE;
        }
        int64_t at_ms = decoded_event(self->history.decoder)->at_ms;
        if (at_ms > end_ms) break;
        if (!declare(self, tiers, declared, &next, at_ms)) return NULL;
        if (!tiers_apply(tiers)) Py_RETURN_NONE;
    }
    if (!declare(self, tiers, declared, &next, FAR)) return NULL;
    tiers_advance(tiers, end_ms);
    return list_of_changes(tiers);
}

/* tiers(first_ms, messages, declared, end_ms, learn): the changes of an account as (at, from, to), by tiers' numbers. `messages` are
 * (topic, message), ordered by time; `declared` (instant, norm), ascending. */
PyObject *tiers_of_history(PyHistory *self, PyObject *arguments) {
    long long first_ms, end_ms;
    PyObject *messages, *declared, *learn;
    if (!PyArg_ParseTuple(arguments, "LO!O!LO:tiers", &first_ms, &PyList_Type, &messages, &PyTuple_Type, &declared, &end_ms, &learn))
        return NULL;
    if (first_ms < 0 || first_ms > INSTANT_MAX || end_ms < 0 || end_ms > INSTANT_MAX)
        return PyErr_Format(PyExc_ValueError, "these are no instants");
    Tiers tiers = {.history = &self->history, .norm = &self->kernel->norm};
    tiers_begin(&tiers, first_ms);
    PyObject *found = fold_messages(self, &tiers, messages, declared, end_ms, learn);
    give_memory(tiers.changes);
    return found;
}
