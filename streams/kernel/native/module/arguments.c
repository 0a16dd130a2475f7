/* Arguments from Python, checked, and values for it. */
#include "module.h"

#include "../text/texts.h"

#include <math.h>
#include <string.h>

bool has_arguments(const char *name, Py_ssize_t given, Py_ssize_t least, Py_ssize_t most) {
    if (given >= least && given <= most) return true;
    PyErr_Format(PyExc_TypeError, "%s takes %zd to %zd arguments, not %zd", name, least, most, given);
    return false;
}

bool whole_of(PyObject *object, int64_t lowest, int64_t highest, const char *what, int64_t *into) {
    int overflow = 0;
    long long found = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (found == -1 && PyErr_Occurred()) return false;
    if (overflow || found < lowest || found > highest) {
        PyErr_Format(PyExc_ValueError, "%s must be from %lld to %lld", what, (long long)lowest, (long long)highest);
        return false;
    }
    *into = found;
    return true;
}

bool instant_of(PyObject *object, int64_t *into) {
    return whole_of(object, 0, INSTANT_MAX, "an instant in milliseconds", into);
}

bool real_of(PyObject *object, double *into) {
    if (object == Py_None) {
        *into = NAN;
        return true;
    }
    *into = PyFloat_AsDouble(object);
    return *into != -1.0 || !PyErr_Occurred();
}

bool bytes_of(PyObject *object, Text *into) {
    char *bytes;
    Py_ssize_t length;
    if (PyBytes_AsStringAndSize(object, &bytes, &length) < 0) return false;
    if (length > INT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "these are too many bytes");
        return false;
    }
    *into = (Text){bytes, (uint32_t)length};
    return true;
}

Account *account_of(Kernel *kernel, PyObject *number) {
    int64_t found;
    if (!whole_of(number, 0, UINT32_MAX, "the number of an account", &found)) return NULL;
    Account *account = found < kernel->length ? kernel->accounts[found] : NULL;
    if (!account) PyErr_Format(PyExc_LookupError, "there is no account with the number %lld", (long long)found);
    return account;
}

const ScorePlanOf *score_plan_by(Kernel *kernel, PyObject *number, uint32_t *into) {
    int64_t found;
    int64_t last = (int64_t)kernel->plan->score_plans_length - 1;
    if (!whole_of(number, 0, last, "the number of a score plan", &found)) return NULL;
    *into = (uint32_t)found;
    return &kernel->plan->score_plans[found];
}

bool put_in(PyObject **tuple, Py_ssize_t place, PyObject *value) {
    if (*tuple && value) {
        PyTuple_SET_ITEM(*tuple, place, value);
        return true;
    }
    Py_XDECREF(value);
    Py_CLEAR(*tuple);
    return false;
}

/* None for NaN. */
static PyObject *number_or_none(double number) {
    if (isnan(number)) Py_RETURN_NONE;
    return PyFloat_FromDouble(number);
}

PyObject *tuple_of_numbers(const int64_t *numbers, uint32_t length) {
    PyObject *tuple = PyTuple_New(length);
    for (uint32_t i = 0; tuple && i < length; i++) put_in(&tuple, i, PyLong_FromLongLong(numbers[i]));
    return tuple;
}

PyObject *tuple_of_reals(const double *numbers, uint32_t length) {
    PyObject *tuple = PyTuple_New(length);
    for (uint32_t i = 0; tuple && i < length; i++) put_in(&tuple, i, number_or_none(numbers[i]));
    return tuple;
}

PyObject *shown_instant(int64_t at_ms) {
    char room[INSTANT_ROOM];
    if (at_ms < 0) return PyUnicode_New(0, 0);
    if (at_ms >= CALENDAR_END_MS) return PyErr_Format(PyExc_OverflowError, "an instant is beyond the year 9999");
    Text text = instant_text(at_ms, room);
    PyObject *shown = PyUnicode_New(text.length, 127);
    if (shown) memcpy(PyUnicode_DATA(shown), text.bytes, text.length);
    return shown;
}

PyObject *text_of(Text text) { return PyUnicode_DecodeUTF8(text.bytes, text.length, "surrogatepass"); }
