package vitals.bench.job;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;

/** One event as it is on the wire, as far as the score looks at it. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Event(String account_id, String event, String timestamp, Properties properties) {

    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Properties(double mrr, int seats, int nps) {}

    private static final ObjectReader READER = new ObjectMapper().readerFor(Event.class);

    public static Event decode(byte[] json) {
        try {
            return READER.readValue(json);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    long occurredAtMs() {
        return Instant.parse(timestamp).toEpochMilli();
    }
}
