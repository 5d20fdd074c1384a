using System.Text;

namespace Fairway.Pipelines;

/// <summary>Command lines as other formats write them: one text.</summary>
public static class ShellWords
{
    /// <summary>Words as a shell splits them, without expansions.</summary>
    public static IEnumerable<string> Split(string text)
    {
        var word = new StringBuilder();
        var (quote, open) = ('\0', false);
        foreach (var letter in text)
        {
            if (quote != '\0')
            {
                if (letter == quote) quote = '\0';
                else word.Append(letter);
            }
            else if (letter is '"' or '\'') (quote, open) = (letter, true);
            else if (!char.IsWhiteSpace(letter)) word.Append(letter);
            else if (word.Length > 0 || open)
            {
                yield return word.ToString();
                (_, open) = (word.Clear(), false);
            }
        }
        if (word.Length > 0 || open) yield return word.ToString();
    }
}
