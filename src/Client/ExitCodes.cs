namespace Fairway.Client;

/// <summary>What a command's exit code says; the same for every verb.</summary>
public static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Failed: the control plane is away, the machine said no, a load lost requests.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the configuration is wrong.</summary>
    public const int Usage = 2;

    /// <summary>Refused by a rule or a gate, with a reason.</summary>
    public const int Refused = 3;

    /// <summary>The rollout was taken back.</summary>
    public const int RolledBack = 4;
}
