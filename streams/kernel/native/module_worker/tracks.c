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
    if (!entry) return NULL;
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
    keep_tracks(entry, tracks);
    Py_RETURN_NONE;
}

PyObject *take_memories(Entry *entry) {
    Tracks *tracks = entry->tracks;
    if (!tracks || !tracks->is_changed) Py_RETURN_NONE;
    PyObject *tuple = PyTuple_New(tracks->length);
    for (uint32_t each = 0; tuple && each < tracks->length; each++)
        put_in(&tuple, each, tuple_of_numbers(tracks->each[each].memory, tracks->each[each].length));
    tracks->is_changed = false;
    return tuple;
}

static PyObject *memories_of_one(PyWorker *self, PyObject *number, const void *Py_UNUSED(of_all)) {
    uint32_t place;
    Entry *entry = entered(self, number, &place);
    return entry ? take_memories(entry) : NULL;
}

PyObject *give_memories(PyWorker *self, PyObject *numbers) { return of_each(self, numbers, memories_of_one, NULL); }
