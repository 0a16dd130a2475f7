package vitals.bench;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.time.Instant;

/** One event as it is on the wire, as far as the score looks at it. */
@JsonIgnoreProperties(ignoreUnknown = true)
record Event(String account_id, String event, String timestamp, Properties properties) {

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Properties(double mrr, int seats, int nps) {}

    private static final ObjectReader READER = new ObjectMapper().readerFor(Event.class);

    static Event decode(byte[] json) throws IOException {
        return READER.readValue(json);
    }

    long occurredAtMs() {
        return Instant.parse(timestamp).toEpochMilli();
    }
}
