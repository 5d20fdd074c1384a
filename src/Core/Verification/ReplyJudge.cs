using System.Globalization;
using NodaTime;

namespace Fairway.Verification;

/// <summary>Compares an answer with what was declared of it.</summary>
public static class ReplyJudge
{
    /// <summary>The finding: the first part of the answer that is not as declared, in the order status, contains, matches, within.</summary>
    /// <param name="check">What was declared.</param>
    /// <param name="timeout">The attempt's limit.</param>
    /// <param name="reply">The answer.</param>
    public static CheckFinding Of(HttpCheck check, Duration timeout, ProbeReply reply)
    {
        var milliseconds = (long)Math.Ceiling(reply.Took.TotalMilliseconds);
        if (reply.Status is not { } status) return new(false, $"an answer within {Text(timeout)}", NoAnswerText(reply), milliseconds);
        if (!check.Status.Any(range => status >= range.From && status <= range.To))
            return new(false, $"status {StatusText(check)}", Say(status, reply), milliseconds);
        if (check.Contains is { } text && !reply.Body.Contains(text, StringComparison.Ordinal))
            return new(false, $"a body with {Excerpt.Of(text)}", BodyText(reply), milliseconds);
        if (check.Matches is { } expression && !BodyPattern.IsIn(expression, reply.Body))
            return new(false, $"a body that matches {Excerpt.Of(expression)}", BodyText(reply), milliseconds);
        if (check.Within is { } within && reply.Took > within)
            return new(false, $"the answer within {Text(within)}", string.Create(CultureInfo.InvariantCulture, $"it after {milliseconds} ms"), milliseconds);
        return new(true, Declared(check), string.Create(CultureInfo.InvariantCulture, $"status {status}"), milliseconds);
    }

    /// <summary>Everything that is declared of an answer.</summary>
    public static string Declared(HttpCheck check)
    {
        var parts = new List<string> { $"status {StatusText(check)}" };
        if (check.Contains is { } text) parts.Add($"a body with {Excerpt.Of(text)}");
        if (check.Matches is { } expression) parts.Add($"a body that matches {Excerpt.Of(expression)}");
        if (check.Within is { } within) parts.Add($"within {Text(within)}");
        return string.Join(", ", parts);
    }

    private static string NoAnswerText(ProbeReply reply)
    {
        var detail = reply.Detail.Length == 0 ? "" : $": {Excerpt.Of(reply.Detail)}";
        return reply.Failed switch
        {
            NoAnswer.Unreachable => "no connection" + detail,
            NoAnswer.TooLate => "none",
            NoAnswer.Broken or null => "a broken one" + detail,
            NoAnswer.LedAway => "a redirect that is not followed" + detail,
            _ => throw new System.Diagnostics.UnreachableException(reply.Failed.ToString()),
        };
    }

    private static string Say(int status, ProbeReply reply)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"status {status}");
        if (reply.Location is { } location) return $"{text} to {Excerpt.Of(location)}";
        return reply.Body.Length == 0 ? text : $"{text} and {Excerpt.Of(reply.Body)}";
    }

    private static string BodyText(ProbeReply reply)
        => Excerpt.Of(reply.Body) + (reply.IsCut ? $", of which only the first {HttpCheck.MostBody >> 10} KiB are looked at" : "");

    private static string StatusText(HttpCheck check) => string.Join(" or ", check.Status);

    private static string Text(Duration time) => time < Duration.FromSeconds(10)
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms") : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}
