using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Fairway.Kernel;

/// <summary>Conditions that hold unless this program is wrong. Checked in Release too; a broken one quarantines its aggregate.</summary>
public static class Invariant
{
    /// <summary>Throws <see cref="InvariantBrokenException"/> when the condition does not hold.</summary>
    public static void Check([DoesNotReturnIf(false)] bool holds, string what, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (!holds) throw new InvariantBrokenException($"{what} ({file.AsSpan(file.LastIndexOf('/') + 1)}:{line})");
    }
}

/// <summary>A programmer's error found at run time: the aggregate that hit it stops acting, the process goes on.</summary>
public sealed class InvariantBrokenException(string message) : Exception(message);
