using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>Where sandboxes have their files, and whose they are.</summary>
internal static class SandboxFolders
{
    private const string Owner = "owner";

    /// <summary>Makes the folder of all sandboxes of one state folder; root's is where other users may pass through.</summary>
    public static (string? Folder, Fault? Fault) Open(string state)
    {
        var folder = Path.GetFullPath(state);
        if (Posix.EffectiveUser() == 0)
        {
            const string Shared = "/var/tmp/fairway-sandboxes";
            folder = Path.Combine(Shared, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..12]);
            if (MakeOwn(Shared) is { } refused) return (null, refused);
        }
        return MakeOwn(folder) is { } fault ? (null, fault) : (folder, null);
    }

    /// <summary>What is wrong with a sandbox's name; null when nothing is.</summary>
    public static Fault? Problem(string id) => id.Length is 0 or > 150 || !id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-') || id[0] == '.'
        ? new(FaultKind.Invalid, Blame.Fairway, false, $"'{id}' cannot name a sandbox") : null;

    /// <summary>Writes down that a sandbox is this process's.</summary>
    public static void Claim(string folder)
    {
        var me = ProcessTable.Identify(Environment.ProcessId)!;
        File.WriteAllText(Path.Combine(folder, Owner), string.Create(CultureInfo.InvariantCulture, $"{me.Pid} {me.StartTicks} {me.BootId}\n"));
    }

    /// <summary>Whose it is; null when that cannot be read.</summary>
    public static ProcessIdentity? OwnerOf(string folder)
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
