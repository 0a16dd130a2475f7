/* The records and the answer of an account that the loop may change: what Python would have to catch up with for them is
 * here. */
#include "worker_type.h"

#include <string.h>

/* The applied offsets, each plus one: those of the inputs, then that of control. */
static void put_offsets(List *offsets, const Entry *entry, int64_t control) {
    offsets->length = 0;
    for (uint32_t topic = 0; topic < INPUTS; topic++) list_add(offsets, entry->applied[topic] + 1);
    list_add(offsets, control + 1);
}

/* The entry of an account whose baseline is its score as Python last judged it; NULL for another one. */
static Entry *judged_entry(PyWorker *self, PyObject *number, uint32_t *place) {
    int64_t found;
    if (!whole_of(number, 0, UINT32_MAX, "the number of an account", &found)) return NULL;
    Worker *worker = &self->worker;
    worker->accounts = self->kernel->accounts;
    worker->accounts_length = self->kernel->length;
    Entry *entry = entry_of(&worker->entries, *place = (uint32_t)found);
    return entry && entry->is_judged && is_as_known(worker, entry, *place) ? entry : NULL;
}

/* write(number, control, held, how, epoch, version, flush, has_cases, before, after): as that of a kernel. `before` and `after`
 * are the opaque part without its baseline. None for an account that is not as Python knows it, or has no score. */
PyObject *write_records(PyWorker *self, PyObject *arguments) {
    PyObject *number;
    Kernel *kernel = self->kernel;
    Heading heading;
    Py_ssize_t held, before, after;
    Text names;
    int how, has_cases;
    long long control;
    unsigned long long epoch, version, flush;
    uint32_t place;
    if (!PyArg_ParseTuple(arguments, "OLy#iKKKpy#y#:write", &number, &control, &names.bytes, &held, &how, &epoch, &version, &flush,
                          &has_cases, &heading.before.bytes, &before, &heading.after.bytes, &after))
        return NULL;
    if (held > INT32_MAX || before > INT32_MAX || after > INT32_MAX || how < CHANGED || how > AT_REST)
        return PyErr_Format(PyExc_ValueError, "these are too many bytes, or there is no such way to write");
    if (epoch > UINT32_MAX || control < -1 || control > FAR)
        return PyErr_Format(PyExc_ValueError, "a number is too great for a head");
    Entry *entry = judged_entry(self, number, &place);
    if (!entry || !kernel->baseline.memory) {
        if (PyErr_Occurred()) return NULL;
        Py_RETURN_NONE;
    }
    if (!begin_writing(kernel)) return NULL;
    Account *account = kernel->accounts[place];
    names.length = (uint32_t)held;
    heading.before.length = (uint32_t)before;
    heading.after.length = (uint32_t)after;
    heading.rank = (RecordRank){(uint32_t)epoch, version};
    heading.due_at_ms = least(due_ms_of(kernel->plan, account), entry->matters_due_ms);
    heading.flush = (int64_t)flush;
    heading.tier = entry->tier;
    heading.mrr = entry->mrr;
    heading.has_cases = has_cases;
    heading.judged = score_held(account->scores, 0);
    put_offsets(&kernel->writer.offsets, entry, control);
    PyObject *found = records_of(kernel, account, entry->id, names, how, &heading);
    end_writing(kernel);
    return found;
}

static bool text_in(PyObject *tuple, Py_ssize_t place, Text *into) { return bytes_of(PyTuple_GET_ITEM(tuple, place), into); }

/* answer(number, (account_id, norm, changes, cases, norm_as_of), answered, control, epoch, version): (content, message); True
 * when the content is that of `answered`. None for an account that is not as Python knows it, has no score, or something unusual. */
PyObject *answer_about(PyWorker *self, PyObject *arguments) {
    PyObject *number, *texts;
    Text answered;
    Py_ssize_t length;
    long long control;
    AnswerParts parts;
    unsigned long long generation, version;
    Position position;
    uint32_t place;
    if (!PyArg_ParseTuple(arguments, "OO!y#LKK:answer", &number, &PyTuple_Type, &texts, &answered.bytes, &length, &control,
                          &generation, &version))
        return NULL;
    if (PyTuple_GET_SIZE(texts) != 5 || length > INT32_MAX)
        return PyErr_Format(PyExc_ValueError, "an answer has five parts of Python");
    if (!text_in(texts, 0, &parts.account_id) || !text_in(texts, 1, &parts.norm) || !text_in(texts, 2, &parts.changes) ||
        !text_in(texts, 3, &parts.cases) || !text_in(texts, 4, &position.norm_as_of))
        return NULL;
    Entry *entry = judged_entry(self, number, &place);
    Kernel *kernel = self->kernel;
    if (!entry || !kernel->answers.blocks || !score_is_fresh(kernel->plan, 0, kernel->accounts[place], &kernel->norm)) {
        if (PyErr_Occurred()) return NULL;
        Py_RETURN_NONE;
    }
    int64_t applied[INPUTS + 1];
    memcpy(applied, entry->applied, sizeof entry->applied);
    applied[INPUTS] = control;
    position.generation = generation;
    position.version = version;
    position.applied = applied;
    position.applied_length = INPUTS + 1;
    answered.length = (uint32_t)length;
    return answer_of(kernel, kernel->accounts[place], &parts, answered, &position);
}
