using System.Globalization;
using System.Text.RegularExpressions;
using Fairway.Metrics.Configuration;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;
using Microsoft.AspNetCore.Http;

namespace Fairway.Metrics;

/// <summary>The parameters of a request, from its address and its form; the form wins, as in Prometheus.</summary>
internal sealed partial class ApiParameters
{
    /// <summary>Times that stand for the beginning and the end of all time, in milliseconds since 1970.</summary>
    public const long Earliest = -Latest, Latest = 9_000_000_000_000_000;

    private readonly IQueryCollection _query;
    private readonly IFormCollection? _form;

    private ApiParameters(IQueryCollection query, IFormCollection? form) => (_query, _form) = (query, form);

    /// <summary>Reads them.</summary>
    public static async Task<ApiParameters> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        try
        {
            return new(request.Query, HttpMethods.IsPost(request.Method) && request.HasFormContentType ? await request.ReadFormAsync(cancellation) : null);
        }
        catch (InvalidDataException e)
        {
            throw new PromQlException(QueryErrorKind.BadData, $"error parsing form values: {e.Message}");
        }
    }

    /// <summary>The first value; empty when there is none.</summary>
    public string One(string name) => All(name).FirstOrDefault("");

    /// <summary>Every value.</summary>
    public IEnumerable<string> All(string name) => [.. _form?[name].OfType<string>() ?? [], .. _query[name].OfType<string>()];

    /// <summary>A time: seconds since 1970, or RFC 3339. In milliseconds.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="otherwise">When it is not given; null when it has to be.</param>
    public long Time(string name, long? otherwise)
    {
        var text = One(name);
        if (text.Length == 0 && otherwise is { } time) return time;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && Math.Abs(seconds) <= Latest / 1000.0)
            return (long)Math.Round(seconds * 1000, MidpointRounding.AwayFromZero);
        // Finer than a tick is cut off: samples have milliseconds.
        var instant = Fraction().Replace(text, "${ticks}");
        if (text.Length >= "2000-01-01T00:00:00Z".Length && text[10] is 'T' or 't'
            && DateTimeOffset.TryParse(instant, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && Zone().IsMatch(text))
            return at.ToUnixTimeMilliseconds();
        throw Invalid(name, (otherwise is null ? "" : $"Invalid time value for '{name}': ") + $"cannot parse \"{text}\" to a valid timestamp");
    }

    /// <summary>A duration: seconds, or as PromQL has it. Null when it is not given.</summary>
    public TimeSpan? Duration(string name)
    {
        var text = One(name);
        if (text.Length == 0) return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds))
        {
            return Math.Abs(seconds) < 9_000_000_000
                ? TimeSpan.FromMilliseconds(Math.Truncate(seconds * 1000))
                : throw Invalid(name, $"cannot parse \"{text}\" to a valid duration. It overflows int64");
        }

        return PrometheusDuration.TryParse(text, out var duration) ? duration : throw Invalid(name, $"cannot parse \"{text}\" to a valid duration");
    }

    /// <summary>The most entries to answer with; <see cref="int.MaxValue"/> when none is given.</summary>
    public int Limit(string name = "limit")
    {
        var text = One(name);
        if (text.Length == 0) return int.MaxValue;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit)) throw Invalid(name, $"cannot parse \"{text}\" to a valid limit");
        if (limit < 0) throw Invalid(name, "limit must be non-negative");
        return limit == 0 ? int.MaxValue : limit;
    }

    /// <summary>The selectors of <c>match[]</c>.</summary>
    /// <param name="everything">Whether one may fit every series.</param>
    /// <exception cref="PromQlException">One is no selector, or fits everything and must not.</exception>
    public IReadOnlyList<IReadOnlyList<LabelMatcher>> Selectors(bool everything = false)
    {
        var selectors = All("match[]").Select(IReadOnlyList<LabelMatcher> (text) => Parser.ParseSelector(text).Matchers).ToArray();
        if (!everything && selectors.Any(s => s.All(m => m.Matches(""))))
            throw new PromQlException(QueryErrorKind.BadData, "match[] must contain at least one non-empty matcher");
        return selectors;
    }

    /// <summary>A start and an end, all time by default.</summary>
    public (long From, long To) Span()
    {
        var (from, to) = (Time("start", Earliest), Time("end", Latest));
        return to >= from ? (from, to) : throw Invalid("end", "end timestamp must not be before start time");
    }

    /// <summary>An error in a parameter, in Prometheus' words.</summary>
    public static PromQlException Invalid(string name, string what) => new(QueryErrorKind.BadData, $"invalid parameter \"{name}\": {what}");

    [GeneratedRegex(@"(?<ticks>\.\d{7})\d+", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Fraction();

    [GeneratedRegex(@"(Z|z|[+-]\d\d:\d\d)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Zone();
}
