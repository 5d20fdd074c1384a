namespace Fairway.Configuration;

/// <summary>Checks on the places that mistakes point to.</summary>
internal static class Places
{
    /// <summary>Every place of a mistake is a line of its file and a column on it, or just after it.</summary>
    public static void AreInside(Diagnostic diagnostic)
    {
        foreach (var at in diagnostic.Related.Select(related => related.At).Append(diagnostic.At))
        {
            Assert.InRange(at.Line, 1, at.File.LineCount);
            Assert.InRange(at.Column, 1, at.File.Line(at.Line).Length + 1);
            Assert.InRange(at.Length, 0, at.File.Line(at.Line).Length + 2 - at.Column);
        }
    }
}
