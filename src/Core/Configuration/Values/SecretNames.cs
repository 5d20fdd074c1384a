using System.Text.RegularExpressions;

namespace Fairway.Configuration;

/// <summary>Tells what looks like a secret, so that it is neither accepted in plain sight nor shown in an excerpt.</summary>
public static partial class SecretNames
{
    /// <summary>What replaces a secret in an excerpt.</summary>
    public const string Mask = "•••";

    /// <summary>
    /// Whether a variable of that name usually holds a secret: its last words say so (<c>DB_PASSWORD</c>, <c>STRIPE_API_KEY</c>), not
    /// <c>TOKEN_TTL</c> or <c>PASSWORD_FILE</c>.
    /// </summary>
    public static bool Matches(string name) => Name().IsMatch(name);

    /// <summary>
    /// Whether the value itself shows that it is secret: a private key, a well-known token's prefix, a URL with a password.
    /// </summary>
    public static bool IsSecretValue(string value) => Value().IsMatch(value);

    /// <summary>
    /// Whether a variable holds a secret: by its value, or by its name unless the value is a switch, a small number or a reference to a
    /// place.
    /// </summary>
    public static bool IsSecret(string name, string value)
        => IsSecretValue(value) || (Matches(name) && value.Length > 0 && !Harmless().IsMatch(value));

    /// <summary>A line of a configuration file with everything that looks like a secret replaced by <see cref="Mask"/>.</summary>
    public static string Conceal(string line)
    {
        var named = NamedInLine().Replace(line, match => Matches(match.Groups["name"].Value) && !Harmless()
            .IsMatch(match.Groups["value"].Value.Trim('"', '\'', ' '))
            ? line[match.Index..match.Groups["value"].Index] + Mask : match.Value);
        return Value().Replace(named, match => match.Groups["password"] is { Success: true } password
            ? string.Concat(match.ValueSpan[..(password.Index - match.Index)], Mask, "@") : Mask);
    }

    [GeneratedRegex(@"(^|[_.\-])(password|passwd|pwd|passphrase|secret|secrets|token|apikey|api[_.\-]?key|private[_.\-]?key|secret[_.\-]?key|access[_.\-]?key|signing[_.\-]?key|"
        + @"encryption[_.\-]?key|credential|credentials)$|[a-z](Password|Passphrase|Secret|Token|ApiKey|PrivateKey)$|(?-i:^PGPASSWORD$)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Name();

    [GeneratedRegex(@"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bglpat-[A-Za-z0-9_\-]{20,}|\bsk_live_[A-Za-z0-9]{16,}"
        + @"|\bxox[abpr]-[A-Za-z0-9\-]{10,}|\beyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]*|[a-z]://[^\s/:@""']{0,64}:(?<password>[^\s/@""'$]+)@|(?i:\bpassword=[^;\s""']+)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Value();

    [GeneratedRegex(@"^(true|false|yes|no|on|off|none|\d{1,4}|[0-9.]+(ms|s|m|h|d)|(env|file):.*|/[\w./\-]+|\$\{?[A-Za-z_][A-Za-z0-9_]*\}?)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Harmless();

    [GeneratedRegex(@"(?<name>[A-Za-z_][\w.\-]*)[""']?\s*[:=]\s*(?<value>""[^""]*""?|\$\{[^}]*\}|'[^']*'?|[^\s,{}""'][^,{}]*)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex NamedInLine();
}
