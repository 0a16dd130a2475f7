/* Tracks of an account, from Python and back. */
#include "worker_type.h"

#define NUMBER_MAX ((int64_t)1 << 53)

static bool read_memory(PyObject *numbers, Track *track) {
    Py_ssize_t length = PyTuple_Check(numbers) ? PyTuple_GET_SIZE(numbers) : 0;
    if (length % 2 == 0 || length > INT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "a memory is a tuple: the last value, and an end and a value for each before it");
        return false;
    }
    track->length = track->room = (uint32_t)length;
    track->memory = take_memory(track->length, sizeof *track->memory);
    for (Py_ssize_t each = 0; each < length; each++)
        if (!whole_of(PyTuple_GET_ITEM(numbers, each), -NUMBER_MAX, NUMBER_MAX, "a number of a memory", &track->memory[each]))
            return false;
    return true;
}

/* (limit, within_ms, whether it holds, memory) */
static bool read_track(PyObject *given, Track *track) {
    int holds;
    long long limit, within_ms;
    PyObject *memory;
    if (!PyTuple_Check(given)) {
        PyErr_SetString(PyExc_TypeError, "a track is a tuple");
        return false;
    }
    if (!PyArg_ParseTuple(given, "LLpO:track", &limit, &within_ms, &holds, &memory)) return false;
    if (limit < 0 || limit > NUMBER_MAX || within_ms < 0 || within_ms > INSTANT_MAX) {
        PyErr_SetString(PyExc_ValueError, "the limit or the span of a track is out of its bounds");
        return false;
    }
    track->limit = limit;
    track->within_ms = within_ms;
    track->holds = holds;
    return read_memory(memory, track);
}

/* track(number, low, high, due_ms, until_ms, whether MRR is awaited, tracks): a look at the account that has entered only
 * records its score, as `Tracks` says. */
PyObject *set_tracks(PyWorker *self, PyObject *arguments) {
    PyObject *number, *each;
    double low, high;
    long long due_ms, until_ms;
    int awaits_mrr;
    if (!PyArg_ParseTuple(arguments, "OddLLpO!:track", &number, &low, &high, &due_ms, &until_ms, &awaits_mrr, &PyTuple_Type,
                          &each))
        return NULL;
    uint32_t place;
    Entry *entry = entered(self, number, &place);
    Account *account = entry ? account_of(self->kernel, number) : NULL;
    if (!account) return NULL;
    Tracks *tracks = tracks_new((uint32_t)PyTuple_GET_SIZE(each));
    for (uint32_t at = 0; at < tracks->length; at++)
        if (!read_track(PyTuple_GET_ITEM(each, at), &tracks->each[at])) {
            tracks_free(tracks);
            return NULL;
        }
    tracks->low = low;
    tracks->high = high;
    tracks->due_ms = due_ms;
    tracks->until_ms = until_ms;
    tracks->awaits_mrr = awaits_mrr;
    tracks->bounds = &self->worker.bounds;
    tracks->score = score_held(account->scores, 0)->value;
    keep_tracks(entry, tracks);
    Py_RETURN_NONE;
}

/* set_bounds(bounds): a look at an account with tracks is due when its score passes one of these, in ascending order. Before
 * the first account has entered. */
PyObject *set_bounds(PyWorker *self, PyObject *given) {
    Bounds *bounds = &self->worker.bounds;
    if (!PyTuple_Check(given)) return PyErr_Format(PyExc_TypeError, "the bounds are a tuple");
    if (self->worker.entries.used) return PyErr_Format(PyExc_ValueError, "accounts have entered by other bounds");
    uint32_t length = (uint32_t)PyTuple_GET_SIZE(given);
    double *each = take_memory(length, sizeof *each);
    for (uint32_t at = 0; at < length; at++) {
        each[at] = PyFloat_AsDouble(PyTuple_GET_ITEM(given, at));
        if (PyErr_Occurred()) {
            give_memory(each);
            return NULL;
        }
    }
    give_memory(bounds->each);
    *bounds = (Bounds){length, each};
    Py_RETURN_NONE;
}

PyObject *take_looked(Entry *entry) {
    Tracks *tracks = entry->tracks;
    if (!tracks || !tracks->is_changed) Py_RETURN_NONE;
    PyObject *tuple = PyTuple_New(tracks->length);
    for (uint32_t each = 0; tuple && each < tracks->length; each++)
        put_in(&tuple, each, tuple_of_numbers(tracks->each[each].memory, tracks->each[each].length));
    tracks->is_changed = false;
    return Py_BuildValue("(dN)", tracks->score, tuple);
}
