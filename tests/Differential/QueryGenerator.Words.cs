namespace Fairway.Differential;

/// <summary>The words that queries are made of, and queries that are none.</summary>
internal sealed partial class QueryGenerator
{
    private static readonly string[] Names =
    [
        "requests_total", "requests_total", "errors_total", "limits", "memory_bytes", "temperature", "flaky", "flaky", "restarts_total", "up", "build_info", "sparse",
        "jobs:busy:ratio", "constant", "fine", "odd", "mostly", "tie", "whole", "event_time", "huge", "tiny", "single", "nothing_but_nan", "text",
        "latency_bucket", "latency_sum", "latency_count", "not_there",
    ];

    private static readonly string[] Numbers =
        ["0", "1", "2", "0.5", "10", "100", "-1", "0.1", "1e3", "NaN", "Inf", "-Inf", "3.7", "0x1f", "1e-9", "1e308", "600", "60", ".5", "5.", "-0", "007"];

    private static readonly string[] Durations =
        ["1s", "15s", "16s", "30s", "45s", "1m", "1m", "1m30s", "2m", "5m", "5m", "7m13s", "10m", "15m1ms", "30m", "1h", "1d", "1ms", "14999ms"];

    private static readonly string[] LabelValues = ["", "api", "batch", "host-0", "host-2", "200", "404", "i0", "i3", "left", "+Inf", "1", "absent"];

    private static readonly string[] Regexes =
        ["", ".*", ".+", "api|cart", "a.*", "host-[01]", "(.*)-(.*)", "[45]..", "i\\d", "(?i)API", "^api$", "(a)(p)i", "host", "host-.", "(?P<name>.).*", ".*a.*|left", "4(04)?|200", "b(atc|ot)h"];

    /// <summary>A query whose types do not fit, or that is none.</summary>
    private Node Invalid(int depth)
    {
        var (vector, scalar, matrix) = (Vector(depth - 1, false), Scalar(depth - 1), Matrix(depth - 1));
        switch (random.Next(26))
        {
            case 0: return Of("rate(§)", vector);
            case 1: return Of("sum(§)", scalar);
            case 2: return Of("abs(§)", matrix);
            case 3: return Of("§ and §", vector.Tight, scalar.Tight);
            case 4: return Of("§ > §", scalar.Tight, Scalar(0));
            case 5: return Of("§ + §", matrix, vector.Tight);
            case 6: return Of("-§", matrix);
            case 7: return Of("§ + bool §", vector.Tight, vector.Tight);
            case 8: return Of("topk(§)", vector);
            case 9: return Of("sum(§, §)", scalar, vector);
            case 10: return Of("vector(§)", vector);
            case 11: return Of("scalar(§)", scalar);
            case 12: return Of("label_replace(§, \"a\", \"b\", \"c\", §)", vector, Node.Leaf(NodeKind.Text, Pick("\"(\"", "\"*\"", "1", "\"a{2,1}\"")));
            case 13: return Of("label_replace(§, §, \"b\", \"c\", \"d\")", vector, Node.Leaf(NodeKind.Text, Pick("\"1a\"", "\"\"", "\"a-b\"")));
            case 14: return Of("§ § §", vector.Tight, Modifier(Pick("and on (job) group_left", "== on (job) ignoring (i)", "+ group_left", "* on (job) group_left (job)")), vector.Tight);
            case 15: return Of(Pick("unknown(§)", "rate(§[5m]", "§)", "sum by (job (§)", "(§", "§ offset", "§[5m:", "§ @", "§ @ foo", "§[0s]", "§[5m][5m]", "§ offset 5x", "§[1m5h]", "sum by job (§)", "§ §"), Leaf("limits"), Leaf("up"));
            case 16: return Leaf(Pick("{}", "{job=\"\"}", "{job!=\"api\"}", "{job=~\".*\"}", "limits{__name__=\"up\"}", "limits{job=~\"(\"}", "limits{job=\"a\" instance=\"b\"}", "limits{1=\"a\"}", "limits{job==\"a\"}", "", " ", "# only a comment"));
            case 17: return Leaf(Pick("1 +", "* 2", "1 2", "1e", "0x", "\"open", "'a\\q'", "`raw`", "limits[5m", "limits]", "sum", "by", "sum()", "time(1)", "pi(1)", "absent()", "1 == 1", "limits @ 1e30", "limits @ NaN", "limits @ Inf"));
            case 18: return Of("§[§]", vector, Leaf("1m"));
            case 19: return Of("count_values(§, §)", Node.Leaf(NodeKind.Text, Pick("\"1a\"", "1", "\"\"")), vector);
            case 20: return Of("quantile(\"a\", §)", vector);
            case 21: return Of("§ § \"text\"", vector.Tight, Modifier(Pick("+", "==", "and")));
            case 22: return Of("holt_winters(limits[5m], §, §)", scalar, Scalar(0));
            case 23: return Of("topk(§, §)", Node.Leaf(NodeKind.Scalar, Pick("NaN", "Inf", "1e30", "-1e30")), vector);
            default: return Damaged(vector.Text);
        }
    }

    private Node Damaged(string text)
    {
        for (var i = random.Next(1, 3); i > 0 && text.Length > 1; i--)
        {
            var at = random.Next(text.Length);
            text = random.Next(3) switch
            {
                0 => text.Remove(at, 1),
                1 => text.Insert(at, Pick("(", ")", "[", "]", "{", "}", ",", "\"", " ", "+", "1", "a", ":", "@", "by ", "==", "!", "=~", "\\", "\u00e9", "\n")),
                _ => text.Remove(at, Math.Min(text.Length - at, random.Next(1, 6))),
            };
        }

        return Leaf(text);
    }
}
