using Fairway.Kernel;

namespace Fairway.Adapters.Processes;

/// <summary>What a failed file operation means to a person.</summary>
internal static class FileFault
{
    /// <summary>From an exception of <c>System.IO</c>.</summary>
    public static Fault Of(string path, Exception failure) => failure switch
    {
        UnauthorizedAccessException => new(FaultKind.Forbidden, Blame.Platform, false, $"{path} may not be written: {failure.Message}; give this user the right, or choose another data folder"),
        IOException io when (io.HResult & 0xffff) == Posix.NoSpace => new(FaultKind.Exhausted, Blame.Platform, true, $"{path} could not be written: the disk is full; make room"),
        _ => new(FaultKind.Unavailable, Blame.Platform, true, $"{path} could not be written: {failure.Message}"),
    };

    /// <summary>From words.</summary>
    public static Fault Of(string path, string what) => new(FaultKind.Unavailable, Blame.Platform, true, $"{path} {what}");
}
