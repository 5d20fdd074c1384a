namespace Fairway.Policy;

/// <summary>An expression's text, for positions.</summary>
internal sealed class SourceText
{
    private readonly List<int> _lines = [0];

    public SourceText(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n'))) _lines.Add(i + 1);
    }

    /// <summary>The place of an offset.</summary>
    public CelPosition Place(int offset)
    {
        var index = _lines.BinarySearch(offset);
        if (index < 0) index = ~index - 1;
        return new(offset, index + 1, offset - _lines[index] + 1);
    }
}
