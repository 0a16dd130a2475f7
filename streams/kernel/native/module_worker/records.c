/* The records and the answers of accounts that the loop may change: what Python would have to catch up with for them is here.
 * Many accounts a call, each given as a tuple. Of one that is not as Python knows it the answer to Python is None. */
#include "worker_type.h"

#include "head_part.h"

#include <string.h>

PyObject *of_each(PyWorker *self, PyObject *accounts, OfOne of_one, const void *of_all) {
    if (!PyList_Check(accounts)) return PyErr_Format(PyExc_TypeError, "accounts are given as a list");
    Py_ssize_t length = PyList_GET_SIZE(accounts);
    adopt_accounts(self);
    PyObject *found = PyList_New(length);
    for (Py_ssize_t each = 0; found && each < length; each++) {
        PyObject *given = PyList_GET_ITEM(accounts, each);
        PyObject *one = given == Py_None ? Py_NewRef(Py_None) : of_one(self, given, of_all);
        if (one)
            PyList_SET_ITEM(found, each, one);
        else
            Py_CLEAR(found);
    }
    return found;
}

/* The entry of an account that is as Python last judged it; NULL for another one. */
static Entry *known_entry(PyWorker *self, PyObject *number, uint32_t *place) {
    int64_t found;
    if (!whole_of(number, 0, UINT32_MAX, "the number of an account", &found)) return NULL;
    Entry *entry = entry_of(&self->worker.entries, *place = (uint32_t)found);
    return entry && is_as_known(&self->worker, entry, *place) ? entry : NULL;
}

static PyObject *none_unless_error(void) {
    if (PyErr_Occurred()) return NULL;
    Py_RETURN_NONE;
}

/* The applied offsets, each plus one: those of the inputs, then that of control. */
static void put_offsets(List *offsets, const Entry *entry, int64_t control) {
    offsets->length = 0;
    for (uint32_t topic = 0; topic < INPUTS; topic++) list_add(offsets, entry->applied[topic] + 1);
    list_add(offsets, control + 1);
}

typedef struct {
    uint32_t epoch;
    int64_t flush;
} Written;

/* The heading of an account whose entry this is: its opaque part is Python's, but for the baseline and what looks have
 * recorded. False with an exception. */
static bool heading_of(PyWorker *self, const Entry *entry, const Account *account, const HeadPart *part, Heading *into) {
    Out *after = &self->kernel->writer.after;
    into->due_at_ms = least(due_ms_of(self->kernel->plan, account), entry->matters_due_ms);
    into->tier = entry->tier;
    into->mrr = entry->mrr;
    into->has_cases = part->has_cases;
    into->judged = entry->is_judged ? score_held(account->scores, 0) : NULL;
    into->before = part->texts[PART_BEFORE];
    into->after = part->texts[PART_AFTER];
    if (!part->is_tracked) return true;
    after->length = 0;
    if (!entry->tracks || !put_tracked(after, part, entry->tracks)) {
        PyErr_SetString(PyExc_ValueError, "the head of an account is not of its tracks");
        return false;
    }
    into->after = (Text){(const char *)after->bytes, (uint32_t)after->length};
    return true;
}

/* (number, version, how, part) */
static PyObject *records_of_one(PyWorker *self, PyObject *given, const void *of_all) {
    const Written *written = of_all;
    PyObject *number, *part_bytes;
    Kernel *kernel = self->kernel;
    Heading heading = {.flush = written->flush};
    HeadPart part;
    Text bytes;
    int how;
    unsigned long long version;
    uint32_t place;
    if (!PyTuple_Check(given)) return PyErr_Format(PyExc_TypeError, "an account is given as a tuple");
    if (!PyArg_ParseTuple(given, "OKiO;an account to be written", &number, &version, &how, &part_bytes)) return NULL;
    if (!bytes_of(part_bytes, &bytes)) return NULL;
    if (!read_head_part(bytes, &part) || how < CHANGED || how > AT_REST)
        return PyErr_Format(PyExc_ValueError, "this is no part of a head, or there is no such way to write");
    Entry *entry = known_entry(self, number, &place);
    if (!entry || (entry->is_judged && !kernel->baseline.memory)) return none_unless_error();
    if (!begin_writing(kernel)) return NULL;
    Account *account = kernel->accounts[place];
    heading.rank = (RecordRank){written->epoch, version};
    put_offsets(&kernel->writer.offsets, entry, part.control);
    PyObject *found = NULL;
    if (heading_of(self, entry, account, &part, &heading))
        found = records_of(kernel, account, entry->id, part.texts[PART_NAMES], how, &heading);
    end_writing(kernel);
    return found;
}

/* write(accounts, epoch, flush): of each account what the kernel's `write` says. */
PyObject *write_records(PyWorker *self, PyObject *arguments) {
    PyObject *accounts;
    unsigned long long epoch, flush;
    if (!PyArg_ParseTuple(arguments, "OKK:write", &accounts, &epoch, &flush)) return NULL;
    if (epoch > UINT32_MAX) return PyErr_Format(PyExc_ValueError, "an epoch is too great for a head");
    Written written = {(uint32_t)epoch, (int64_t)flush};
    return of_each(self, accounts, records_of_one, &written);
}

typedef struct {
    Text norm, norm_as_of;
    uint64_t generation;
} Answered;

/* (number, version, control, content of the last answer, (account_id, changes, cases)) */
static PyObject *answer_of_one(PyWorker *self, PyObject *given, const void *of_all) {
    const Answered *of = of_all;
    Kernel *kernel = self->kernel;
    PyObject *number;
    Text last;
    Py_ssize_t length, id, changes, cases;
    int64_t applied[INPUTS + 1];
    long long control;
    unsigned long long version;
    AnswerParts parts = {.norm = of->norm};
    uint32_t place;
    if (!PyTuple_Check(given)) return PyErr_Format(PyExc_TypeError, "an account is given as a tuple");
    if (!PyArg_ParseTuple(given, "OKLy#(y#y#y#);an account to be answered for", &number, &version, &control, &last.bytes, &length,
                          &parts.account_id.bytes, &id, &parts.changes.bytes, &changes, &parts.cases.bytes, &cases))
        return NULL;
    if (length > INT32_MAX || id > INT32_MAX || changes > INT32_MAX || cases > INT32_MAX)
        return PyErr_Format(PyExc_ValueError, "these are too many bytes");
    Entry *entry = known_entry(self, number, &place);
    if (!entry || !kernel->answers.blocks) return none_unless_error();
    Account *account = kernel->accounts[place];
    if (!score_is_fresh(kernel->plan, 0, account, &kernel->norm)) Py_RETURN_NONE;
    last.length = (uint32_t)length;
    parts.account_id.length = (uint32_t)id;
    parts.changes.length = (uint32_t)changes;
    parts.cases.length = (uint32_t)cases;
    memcpy(applied, entry->applied, sizeof entry->applied);
    applied[INPUTS] = control;
    Position position = {of->generation, version, of->norm_as_of, INPUTS + 1, applied};
    return answer_of(kernel, account, &parts, last, &position);
}

/* answer(accounts, norm, its instant, epoch): of each account (content, message); True when the content is that of the last
 * answer. None also for an account with something unusual. */
PyObject *answer_about(PyWorker *self, PyObject *arguments) {
    PyObject *accounts;
    Py_ssize_t norm, norm_as_of;
    unsigned long long generation;
    Answered of;
    if (!PyArg_ParseTuple(arguments, "Oy#y#K:answer", &accounts, &of.norm.bytes, &norm, &of.norm_as_of.bytes,
                          &norm_as_of, &generation))
        return NULL;
    if (norm > INT32_MAX || norm_as_of > INT32_MAX) return PyErr_Format(PyExc_ValueError, "these are too many bytes");
    of.norm.length = (uint32_t)norm;
    of.norm_as_of.length = (uint32_t)norm_as_of;
    of.generation = generation;
    return of_each(self, accounts, answer_of_one, &of);
}
