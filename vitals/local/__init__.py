"""All of Vitals on one machine: embedded servers, sample data and the screen of `vitals up`."""
