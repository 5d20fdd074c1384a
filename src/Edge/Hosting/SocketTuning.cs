namespace Fairway.Edge.Hosting;

/// <summary>How this process's sockets are served.</summary>
public static class SocketTuning
{
    /// <summary>
    /// Lets what waits for a socket go on in the thread that saw it become ready, one such thread for each core, in place of a hop to the thread pool. Nothing in
    /// the edge blocks a thread, so none of them is kept from its other sockets. Must be called before the process's first socket; the runtime has no other
    /// switch than this variable of the environment. One that is set already is left as it is.
    /// </summary>
    public static void ContinueInline()
    {
        const string Switch = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
        if (Environment.GetEnvironmentVariable(Switch) is null) Environment.SetEnvironmentVariable(Switch, "1");
    }
}
