using System.Globalization;
using System.Text;

namespace Fairway.Ledger;

/// <summary>
/// Records in the Common Event Format, for a SIEM (ArcSight CEF implementation standard, version 0): one line each, whatever the record holds.
/// </summary>
public static class CefText
{
    // What deserves a look, 0 to 10; everything else is 2.
    private static readonly ImmutableDictionary<string, int> Severities = ImmutableDictionary<string, int>.Empty
        .Add("glass-broken", 8).Add("sign-in-refused", 5).Add("token-created", 4).Add("grant-approved", 4).Add("grant-requested", 3)
        .Add("rollback-started", 5).Add("release-rejected", 5);

    /// <summary>A record as one line, without its line end.</summary>
    /// <param name="record">The record.</param>
    /// <param name="version">Of this program.</param>
    public static string Of(LedgerEvent record, string version)
    {
        var name = EventType.TryParse(record.Type, out var type) ? type.Name : record.Type;
        var text = new StringBuilder("CEF:0|Fairway|Fairway|");
        text.Append(Header(version)).Append('|').Append(Header(record.Type)).Append('|').Append(Header(name.Replace('-', ' '))).Append('|')
            .Append(Severities.GetValueOrDefault(name, 2).ToString(CultureInfo.InvariantCulture)).Append('|');
        Field(text, "rt", record.At.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        Field(text, "externalId", record.Seq.ToString(CultureInfo.InvariantCulture));
        Field(text, "suser", record.Actor);
        Field(text, "cs1Label", "stream");
        Field(text, "cs1", record.Stream);
        Field(text, "cs2Label", "hash");
        Field(text, "cs2", record.Hash);
        if (record.Cause is { } cause)
        {
            Field(text, "cn1Label", "cause");
            Field(text, "cn1", cause.ToString(CultureInfo.InvariantCulture));
        }
        Field(text, "msg", record.Data);
        return text.ToString().TrimEnd();
    }

    private static void Field(StringBuilder text, string name, string value) => text.Append(name).Append('=').Append(Value(value)).Append(' ');

    private static string Header(string text) => Line(text).Replace("\\", @"\\", StringComparison.Ordinal).Replace("|", @"\|", StringComparison.Ordinal);

    private static string Value(string text) => Line(text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("=", @"\=", StringComparison.Ordinal)
        .Replace("\r", @"\r", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal));

    // What is left of control characters could still end a line somewhere (U+0085, U+2028).
    private static string Line(string text) => string.Concat(text.Select(letter => char.IsControl(letter) || letter is '\u2028' or '\u2029' ? ' ' : letter));
}
