using System.Text;
using Fairway.Kernel;

namespace Fairway.Verification;

/// <summary>Makes what others wrote fit for a sentence: short, on one line, and harmless to a terminal.</summary>
public static class Excerpt
{
    /// <summary>Most characters of an excerpt.</summary>
    public const int Longest = 160;

    /// <summary>The beginning of a text in quotes: blanks and line ends run together, and everything that steers a terminal or turns the writing direction left out.</summary>
    public static string Of(string text)
    {
        if (text.Length == 0) return "nothing";
        var (tamed, blank, cut) = (new StringBuilder(), false, false);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                blank = tamed.Length > 0;
                continue;
            }
            if (tamed.Length + rune.Utf16SequenceLength + (blank ? 1 : 0) > Longest)
            {
                cut = true;
                break;
            }
            if (blank) tamed.Append(' ');
            blank = false;
            if (PlainText.IsHarmless(rune)) tamed.Append(rune.ToString());
            else tamed.Append('?');
        }
        return tamed.Length == 0 ? "blanks" : $"\"{tamed}{(cut ? "…" : "")}\"";
    }
}
