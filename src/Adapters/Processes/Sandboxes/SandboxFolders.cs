using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>Where sandboxes have their files, and whose they are.</summary>
internal static class SandboxFolders
{
    /// <summary>Name of the folder, beside the folders of sandboxes, in which what all of them show is kept.</summary>
    public const string Roots = "sandbox-roots";

    private const string Owner = "owner";
    private const int Turns = 1000;
    private static readonly Lazy<ProcessIdentity> Me = new(() => ProcessTable.Identify(Environment.ProcessId)!);
    private static readonly TimeSpan Begun = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The folder of all sandboxes of one state folder; root's is where other users may pass through. It is there while a sandbox is, and made to see whether it can be.
    /// </summary>
    public static (string? Folder, Fault? Fault) Open(string state)
    {
        var folder = Path.GetFullPath(state);
        if (Posix.EffectiveUser() == 0)
        {
            const string Shared = "/var/tmp/fairway-sandboxes";
            folder = Path.Combine(Shared, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..12]);
            if (MakeOwn(Shared) is { } refused) return (null, refused);
            // Of control planes that were killed, and whose data folder is gone.
            foreach (var other in Directory.EnumerateDirectories(Shared).Where(one => Path.GetFileName(one) != Roots)) RemoveEmpty(other);
        }
        if (MakeOwn(folder) is { } fault) return (null, fault);
        RemoveEmpty(folder);
        return (folder, null);
    }

    /// <summary>Makes a sandbox's folder, of this user alone, and the folder of all where that is not there.</summary>
    /// <param name="folder">The sandbox's.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void Make(string folder)
    {
        const uint Mine = 0b111_000_000;
        var all = Path.GetDirectoryName(folder)!;
        Fault? refused = null;
        // Whoever ends the last sandbox removes the folder of all, maybe just now.
        for (var turn = 0; turn < Turns; turn++)
        {
            if (!Directory.Exists(all)) refused = MakeOwn(all);
            if (Posix.MakeFolder(folder, Mine) == 0) return;
            if (Marshal.GetLastPInvokeError() is not Posix.NoSuchFile) throw new IOException($"{folder} cannot be made: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        throw new IOException(refused?.Message ?? $"{folder} cannot be made: {all} goes again and again");
    }

    /// <summary>The sandboxes that there are.</summary>
    public static List<string> List(string all)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(all)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>Removes the folder of all after its last sandbox.</summary>
    public static void RemoveEmpty(string all)
    {
        try
        {
            // An exception costs more than a look, and there mostly is another.
            if (!Directory.EnumerateFileSystemEntries(all).Any()) Directory.Delete(all);
        }
        catch (Exception used) when (used is IOException or UnauthorizedAccessException)
        {
            return; // Another sandbox is in it, or it went just now.
        }
    }

    /// <summary>What is wrong with a sandbox's name; null when nothing is.</summary>
    public static Fault? Problem(string id) => id.Length is 0 or > 150 || !id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-') || id[0] == '.'
        ? new(FaultKind.Invalid, Blame.Fairway, false, $"'{id}' cannot name a sandbox") : null;

    /// <summary>Writes down that a sandbox is this process's.</summary>
    public static void Claim(string folder)
    {
        var me = Me.Value;
        File.WriteAllText(Path.Combine(folder, Owner), string.Create(CultureInfo.InvariantCulture, $"{me.Pid} {me.StartTicks} {me.BootId}\n"));
    }

    /// <summary>Whether somebody who lives has it, or may be about to write who they are.</summary>
    public static bool IsTaken(string folder, TimeProvider time)
        => OwnerOf(folder) is { } owner ? ProcessTable.IsAlive(owner) : time.GetUtcNow().UtcDateTime - Directory.GetLastWriteTimeUtc(folder) < Begun;

    private static ProcessIdentity? OwnerOf(string folder)
    {
        try
        {
            var parts = File.ReadAllText(Path.Combine(folder, Owner)).Trim().Split(' ');
            return parts is [var pid, var ticks, var boot]
                ? new(int.Parse(pid, CultureInfo.InvariantCulture), long.Parse(ticks, CultureInfo.InvariantCulture), boot) : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or FormatException or OverflowException)
        {
            return null;
        }
    }

    private static Fault? MakeOwn(string folder)
    {
        try
        {
            var through = Posix.EffectiveUser() == 0 ? UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : UnixFileMode.None;
            var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | through;
            var info = Directory.CreateDirectory(folder, mode);
            if (info.LinkTarget is not null) return FileFault.Of(folder, "is a link; remove it");
            // Somebody else's folder cannot be changed by an ordinary user, and root takes it over only when nobody else may write there.
            if (info.UnixFileMode.HasFlag(UnixFileMode.GroupWrite) || info.UnixFileMode.HasFlag(UnixFileMode.OtherWrite) || (Posix.EffectiveUser() == 0 && Posix.ChangeOwner(folder, 0, 0) != 0))
                return FileFault.Of(folder, "may be written by others; remove it");
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return FileFault.Of(folder, failure);
        }
    }
}
