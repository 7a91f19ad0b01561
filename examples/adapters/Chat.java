// An adapter of `mockbot fuzz --adapter "java Chat.java"` for java.net.http of Java 17 and newer. It can only chat.
// One JSON line for each request, one for each answer. The JDK has no JSON, so a few expressions read what is needed.

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

class Chat {
    static final Pattern END = Pattern.compile("\"type\"\\s*:\\s*\"end\"");
    static final Pattern ARGS = Pattern.compile("\"args\"\\s*:\\s*(\\{(?:[^{}\"]|\"(?:[^\"\\\\]|\\\\.)*+\")*+\\})");
    // HTTP/1.1, because AstrBot speaks no HTTP/2 and would get a request to upgrade
    static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    static class IncompleteException extends Exception {
        IncompleteException(String message) {
            super(message);
        }
    }

    record Event(String data, String event, String id) {
        String json() {
            return "{\"data\":" + quoted(data) + ",\"event\":" + quoted(event) + ",\"id\":" + quoted(id) + "}";
        }
    }

    /** Reads the events of one response; what it has read is seen also when it is still waiting. */
    static class Reading {
        final List<Event> events = new ArrayList<>();
        volatile long last = System.nanoTime();
        volatile boolean ended;

        /** Reads to the end of the response, as WHATWG HTML 9.2.6 says. The lines of a Reader end as those of events. */
        void read(InputStream body) throws IOException {
            var lines = new BufferedReader(new InputStreamReader(watched(body), StandardCharsets.UTF_8));
            StringBuilder data = null;
            String event = "", id = "", line;
            for (boolean first = true; (line = lines.readLine()) != null; first = false) {
                if (first && line.startsWith("\uFEFF")) line = line.substring(1);
                if (line.isEmpty()) {
                    if (data != null) add(new Event(data.toString(), event.isEmpty() ? "message" : event, id));
                    data = null;
                    event = "";
                    continue;
                }
                int colon = line.indexOf(':');
                String name = colon < 0 ? line : line.substring(0, colon);
                String value = colon < 0 ? "" : line.substring(colon + 1);
                if (value.startsWith(" ")) value = value.substring(1);
                switch (name) {
                    case "data" -> data = data == null ? new StringBuilder(value) : data.append('\n').append(value);
                    case "event" -> event = value;
                    case "id" -> id = value.indexOf('\0') < 0 ? value : id;
                    default -> { }
                }
            }
        }

        synchronized void add(Event event) {
            events.add(event);
            ended = ended || END.matcher(event.data()).find();
        }

        synchronized String json() {
            return String.join(",", events.stream().map(Event::json).toList());
        }

        /** Returns a stream that notes when bytes come. */
        InputStream watched(InputStream body) {
            return new InputStream() {
                @Override
                public int read() throws IOException {
                    var one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
                }

                @Override
                public int read(byte[] into, int at, int length) throws IOException {
                    int count = body.read(into, at, length);
                    last = System.nanoTime();
                    return count;
                }
            };
        }
    }

    static String chat(String line, ExecutorService threads) throws Exception {
        var args = ARGS.matcher(line);
        if (!args.find()) throw new IncompleteException("no args");
        var silence = Duration.ofMillis((long) (Double.parseDouble(field(line, "deadline", "[\\d.]+")) * 500));
        var request = HttpRequest.newBuilder(URI.create(text(line, "base_url") + "/api/v1/chat"))
            .header("X-API-Key", text(line, "api_key"))
            .header("Content-Type", "application/json")
            .timeout(silence) // for the head of the response
            .POST(HttpRequest.BodyPublishers.ofString(args.group(1)))
            .build();
        HttpResponse<InputStream> response = HTTP.send(request, HttpResponse.BodyHandlers.ofInputStream());
        var reading = new Reading();
        try (InputStream body = response.body()) {
            var type = response.headers().firstValue("Content-Type").orElse("").split(";")[0].strip();
            if (response.statusCode() != 200 || !type.equalsIgnoreCase("text/event-stream")) {
                throw new IncompleteException("status " + response.statusCode() + " with " + type);
            }
            Future<?> task = threads.submit(() -> {
                reading.read(body);
                return null;
            });
            while (true) {
                try {
                    task.get(20, TimeUnit.MILLISECONDS);
                    break;
                } catch (TimeoutException stillReading) {
                    if (System.nanoTime() - reading.last < silence.toNanos()) continue;
                    if (reading.ended) break; // nothing is missing
                    throw new java.net.http.HttpTimeoutException("nothing has come for too long");
                }
            }
        }
        if (!reading.ended) throw new IncompleteException("the stream ended without `end`");
        return "\"events\":[" + reading.json() + "]";
    }

    /** Returns a text of the request, whose base_url and api_key have no escapes. */
    static String text(String line, String name) throws IncompleteException {
        return field(line, name, "\"[^\"]*\"").replace("\"", "");
    }

    static String field(String line, String name, String value) throws IncompleteException {
        var found = Pattern.compile("\"" + name + "\"\\s*:\\s*(" + value + ")").matcher(line);
        if (!found.find()) throw new IncompleteException("no " + name);
        return found.group(1);
    }

    static String quoted(String text) {
        var json = new StringBuilder("\"");
        for (char each : text.toCharArray()) {
            if (each == '"' || each == '\\') json.append('\\').append(each);
            else if (each < ' ' || each > '~') json.append(String.format("\\u%04x", (int) each));
            else json.append(each);
        }
        return json.append('"').toString();
    }

    public static void main(String[] arguments) throws IOException {
        ExecutorService threads = Executors.newCachedThreadPool(task -> {
            var thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = input.readLine()) != null; ) {
            String answer, id = "null";
            try {
                id = field(line, "id", "\\d+");
                String op = text(line, "op");
                answer = op.equals("chat") ? "\"ok\":true," + chat(line, threads) : error("unsupported", op);
            } catch (ExecutionException error) {
                answer = error(error.getCause());
            } catch (Exception error) {
                answer = error(error);
            }
            System.out.println("{\"id\":" + id + "," + answer + "}");
        }
    }

    static String error(Throwable error) {
        return error(error.getClass().getSimpleName(), String.valueOf(error.getMessage()));
    }

    static String error(String type, String message) {
        return "\"ok\":false,\"error\":{\"type\":" + quoted(type) + ",\"message\":" + quoted(message) + "}";
    }
}
