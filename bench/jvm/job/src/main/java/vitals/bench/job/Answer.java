package vitals.bench.job;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a row reads, and what it sends of an account whose score changed. */
public final class Answer {
    /** The logical names of the topics with events. */
    public static final List<String> INPUTS = List.of("analytics", "exceptions", "billing", "tickets");

    /** The logical name of the topic that scores are sent to. */
    public static final String OUTPUT = "scores";

    private Answer() {}

    public static byte[] encode(String accountId, double score) {
        String body = "{\"account_id\":\"" + accountId + "\",\"value\":" + score + "}";
        return body.getBytes(StandardCharsets.UTF_8);
    }
}
