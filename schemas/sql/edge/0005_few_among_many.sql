-- The few among the many, found without a look at all the others: a start asks for the newest event that HQ gave
-- back and for the papers that a process left in the middle, after ninety days without a line as after one.

CREATE INDEX body_replayed ON body (replayed) WHERE replayed = 1;
CREATE INDEX print_job_state ON print_job (state);
CREATE INDEX print_event_lost ON print_event (job) WHERE state = 'UNKNOWN';
