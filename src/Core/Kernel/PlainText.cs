using System.Globalization;
using System.Text;

namespace Fairway.Kernel;

/// <summary>What others wrote, made harmless to show: one line, no control characters, nothing that turns the reading direction.</summary>
public static class PlainText
{
    /// <summary>The text in one line.</summary>
    /// <param name="text">Anything.</param>
    /// <param name="longest">Characters; a longer text ends in an ellipsis.</param>
    public static string Of(string text, int longest = 200)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= longest) return shown.Append('…').ToString();
            if (IsHarmless(rune)) shown.Append(rune.ToString());
            else if (Rune.IsControl(rune) && shown.Length > 0 && shown[^1] != ' ') shown.Append(' ');
        }
        return shown.ToString().Trim();
    }

    /// <summary>The same over several lines: line feeds stay.</summary>
    public static string Lines(string text, int longest) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => Of(line, longest)));

    /// <summary>Whether a character steers no terminal, turns no writing direction and is to be seen. Format characters (Cf) hold what does; emoji need the joiner.</summary>
    public static bool IsHarmless(Rune rune) => rune.Value == 0x200D || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned);
}
