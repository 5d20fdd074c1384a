using System.Text;

namespace Fairway.Scanning;

/// <summary>How random a text looks.</summary>
public static class SecretEntropy
{
    /// <summary>
    /// Shannon entropy in bits per character. As in gitleaks, so that its thresholds mean the same: characters are counted as code points, and shares are of the
    /// length in UTF-8 bytes.
    /// </summary>
    public static double Of(string text)
    {
        if (text.Length == 0) return 0;
        var counts = new Dictionary<Rune, int>();
        foreach (var rune in text.EnumerateRunes()) counts[rune] = counts.GetValueOrDefault(rune) + 1;
        var share = 1.0 / Encoding.UTF8.GetByteCount(text);
        var sum = 0.0;
        foreach (var count in counts.Values)
        {
            var frequency = count * share;
            sum -= frequency * Math.Log2(frequency);
        }
        return sum;
    }
}
