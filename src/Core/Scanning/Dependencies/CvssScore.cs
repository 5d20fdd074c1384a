namespace Fairway.Scanning;

/// <summary>
/// Base scores of CVSS 3.0 and 3.1 vectors (first.org/cvss/v3.1/specification-document, section 7.1 and appendix A) and of version 2; scores of version 4.0.
/// </summary>
public static class CvssScore
{
    /// <summary>The base score, 0 to 10 in steps of 0.1; null when it is no vector of these versions, or lacks a base metric.</summary>
    public static double? Base(string vector)
    {
        if (vector.Length > 512) return null;
        var parts = vector.Split('/');
        var (isThird, isFourth) = (parts[0] is "CVSS:3.0" or "CVSS:3.1", parts[0] == "CVSS:4.0");
        var metrics = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in isThird || isFourth ? parts.AsSpan(1) : parts)
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || !metrics.TryAdd(part[..colon], part[(colon + 1)..])) return null;
        }
        return isFourth ? CvssFour.Score(metrics) : isThird ? Third(metrics) : metrics.ContainsKey("Au") ? Second(metrics) : null;
    }

    private static double? Third(Dictionary<string, string> metrics)
    {
        var changed = metrics.GetValueOrDefault("S") == "C";
        if (!changed && metrics.GetValueOrDefault("S") != "U") return null;
        double? attackVector = metrics.GetValueOrDefault("AV") switch { "N" => 0.85, "A" => 0.62, "L" => 0.55, "P" => 0.2, _ => null };
        double? complexity = metrics.GetValueOrDefault("AC") switch { "L" => 0.77, "H" => 0.44, _ => null };
        double? privileges = metrics.GetValueOrDefault("PR") switch { "N" => 0.85, "L" => changed ? 0.68 : 0.62, "H" => changed ? 0.5 : 0.27, _ => null };
        double? interaction = metrics.GetValueOrDefault("UI") switch { "N" => 0.85, "R" => 0.62, _ => null };
        if (Impact("C") is not { } confidentiality || Impact("I") is not { } integrity || Impact("A") is not { } availability
            || attackVector is null || complexity is null || privileges is null || interaction is null) return null;
        var sub = 1 - ((1 - confidentiality) * (1 - integrity) * (1 - availability));
        var impact = changed ? (7.52 * (sub - 0.029)) - (3.25 * Math.Pow(sub - 0.02, 15)) : 6.42 * sub;
        var exploitability = 8.22 * attackVector.Value * complexity.Value * privileges.Value * interaction.Value;
        if (impact <= 0) return 0;
        return RoundUp(Math.Min((changed ? 1.08 : 1) * (impact + exploitability), 10));

        double? Impact(string name) => metrics.GetValueOrDefault(name) switch { "H" => 0.56, "L" => 0.22, "N" => 0, _ => null };
    }

    // first.org/cvss/v2/guide, section 3.2.1.
    private static double? Second(Dictionary<string, string> metrics)
    {
        double? vector = metrics.GetValueOrDefault("AV") switch { "N" => 1.0, "A" => 0.646, "L" => 0.395, _ => null };
        double? complexity = metrics.GetValueOrDefault("AC") switch { "L" => 0.71, "M" => 0.61, "H" => 0.35, _ => null };
        double? authentication = metrics.GetValueOrDefault("Au") switch { "N" => 0.704, "S" => 0.56, "M" => 0.45, _ => null };
        if (Impact("C") is not { } confidentiality || Impact("I") is not { } integrity || Impact("A") is not { } availability
            || vector is null || complexity is null || authentication is null) return null;
        var impact = 10.41 * (1 - ((1 - confidentiality) * (1 - integrity) * (1 - availability)));
        var exploitability = 20 * vector.Value * complexity.Value * authentication.Value;
        var score = ((0.6 * impact) + (0.4 * exploitability) - 1.5) * (impact == 0 ? 0 : 1.176);
        return Math.Round(Math.Max(0, score), 1, MidpointRounding.AwayFromZero);

        double? Impact(string name) => metrics.GetValueOrDefault(name) switch { "C" => 0.66, "P" => 0.275, "N" => 0, _ => null };
    }

    // Appendix A: whole numbers, so that no platform rounds otherwise.
    private static double RoundUp(double value)
    {
        var whole = (int)Math.Round(value * 100_000, MidpointRounding.AwayFromZero);
        return whole % 10_000 == 0 ? whole / 100_000.0 : ((whole / 10_000) + 1) / 10.0;
    }
}
